import { announce, create } from '../dom.js';
import { onLanguageChange, t } from '../language/language.js';
import { Answer } from './answer.js';
import type { CarrierName } from 'nestjs-oss-callback/client';

const MOST = 20;

/** What became of each upload, the latest first. */
export class AnswerList {
  private readonly answers = new Map<string, Answer>();

  constructor(private readonly list: HTMLElement) {
    onLanguageChange(() => {
      for (const answer of this.answers.values()) answer.show();
      this.showEmpty();
    });
    this.showEmpty();
  }

  /** @param id of the file; one that is tried again gets its place anew */
  begin(id: string, name: string, carrier: CarrierName): Answer {
    this.answers.get(id)?.element.remove();
    const answer = new Answer(name, carrier, announce);
    this.answers.delete(id);
    this.answers.set(id, answer);
    if (this.answers.size === 1) this.list.replaceChildren();
    this.list.prepend(answer.element);
    const [oldest] = this.answers.keys();
    if (this.answers.size > MOST && oldest !== undefined) {
      this.answers.get(oldest)!.element.remove();
      this.answers.delete(oldest);
    }
    return answer;
  }

  get(id: string): Answer | undefined {
    return this.answers.get(id);
  }

  private showEmpty(): void {
    if (this.answers.size > 0) return;
    this.list.replaceChildren(create('li', { class: 'empty' }, t('noAnswers')));
  }
}
