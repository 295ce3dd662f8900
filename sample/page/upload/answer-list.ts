import { announce, create } from '../dom.js';
import { onLanguageChange, t } from '../language/language.js';
import { Answer, type KeptAnswer } from './answer.js';
import type { CarrierName } from 'nestjs-oss-callback/client';

const MOST = 20;

/** What became of each upload, the latest first. The browser keeps it for the user over a reload. */
export class AnswerList {
  /** The latest last. */
  private answers: Answer[] = [];

  /** @param keptAs name in the session storage */
  constructor(
    private readonly list: HTMLElement,
    private readonly keptAs: string,
  ) {
    for (const kept of this.readKept()) this.add(Answer.restored(kept, this.listener));
    onLanguageChange(() => {
      for (const answer of this.answers) answer.show();
      this.showEmpty();
    });
    this.showEmpty();
  }

  /** @param fileId one that is tried again gets its place anew; one that was uploaded before keeps its answer */
  begin(fileId: string, name: string, carrier: CarrierName): void {
    const earlier = this.get(fileId);
    if (earlier && !earlier.isFinal) this.remove(earlier);
    this.add(new Answer({ fileId, name, carrier, state: { is: 'uploading' } }, this.listener));
    if (this.answers.length > MOST) this.remove(this.answers[0]!);
    this.keep();
  }

  /** That of the latest upload of a file. */
  get(fileId: string): Answer | undefined {
    return this.answers.findLast((answer) => answer.fileId === fileId);
  }

  /** Those that the app has not confirmed, with the ids of their uploads. */
  unconfirmed(): { answer: Answer; uploadId: string }[] {
    return this.answers.flatMap((answer) =>
      answer.unconfirmedId === undefined ? [] : [{ answer, uploadId: answer.unconfirmedId }],
    );
  }

  private readonly listener = (text: string) => {
    announce(text);
    this.keep();
  };

  private add(answer: Answer): void {
    if (this.answers.length === 0) this.list.replaceChildren();
    this.answers.push(answer);
    this.list.prepend(answer.element);
  }

  private remove(answer: Answer): void {
    answer.element.remove();
    this.answers = this.answers.filter((each) => each !== answer);
  }

  private keep(): void {
    const kept = this.answers.map((answer) => answer.toKept());
    sessionStorage.setItem(this.keptAs, JSON.stringify(kept));
  }

  private readKept(): KeptAnswer[] {
    return JSON.parse(sessionStorage.getItem(this.keptAs) ?? '[]') as KeptAnswer[];
  }

  private showEmpty(): void {
    if (this.answers.length > 0) return;
    this.list.replaceChildren(create('li', { class: 'empty' }, t('noAnswers')));
  }
}
