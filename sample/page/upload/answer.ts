import { create } from '../dom.js';
import { wordFor } from '../format.js';
import type { TextKey } from '../language/en.js';
import { t } from '../language/language.js';
import type { CarrierName } from 'nestjs-oss-callback/client';

const CARRIER_NAMES = {
  form: 'carrierForm',
  put: 'carrierPut',
  multipart: 'carrierMultipart',
} as const satisfies Record<CarrierName, TextKey>;

type State =
  | { is: 'uploading' }
  | { is: 'confirmed'; answer: unknown }
  | { is: 'unconfirmed'; reason: string }
  | { is: 'ended'; status: string }
  | { is: 'failed'; reason: string }
  | { is: 'cancelled' };

/** One upload in the list: what the app answered, or why there is no answer. */
export class Answer {
  readonly element = create('li', { class: 'answer' });
  private state: State = { is: 'uploading' };

  constructor(
    private readonly name: string,
    private readonly carrier: CarrierName,
    private readonly announce: (text: string) => void,
  ) {
    this.show();
  }

  confirmed(answer: unknown): void {
    this.become({ is: 'confirmed', answer });
  }

  unconfirmed(reason: string): void {
    this.become({ is: 'unconfirmed', reason });
  }

  ended(status: string): void {
    this.become({ is: 'ended', status });
  }

  failed(reason: string): void {
    this.become({ is: 'failed', reason });
  }

  /** A file that is taken off the list after its upload keeps its answer. */
  cancelled(): void {
    if (this.state.is === 'uploading') this.become({ is: 'cancelled' });
  }

  show(): void {
    const badge = this.badge();
    const head = create('div', { class: 'answer-head' }, create('strong', {}, this.name));
    head.append(create('span', { class: 'muted' }, t(CARRIER_NAMES[this.carrier])));
    if (badge) head.append(create('span', { class: `badge ${badge.look}` }, badge.text));
    this.element.replaceChildren(head, ...this.details());
  }

  private become(state: State): void {
    this.state = state;
    this.show();
    const badge = this.badge();
    if (badge) this.announce(`${this.name}: ${badge.text}`);
  }

  private badge(): { text: string; look: string } | undefined {
    const { state } = this;
    switch (state.is) {
      case 'confirmed':
        return { text: t('answerConfirmed'), look: 'good' };
      case 'unconfirmed':
        return { text: t('answerUnconfirmed'), look: 'waiting' };
      case 'ended':
        return state.status === 'completed'
          ? { text: t('answerReconciled'), look: 'good' }
          : { text: wordFor('status', state.status), look: 'bad' };
      case 'failed':
        return { text: t('answerFailed'), look: 'bad' };
      case 'cancelled':
        return { text: t('answerCancelled'), look: 'plain' };
      default:
        return undefined;
    }
  }

  private details(): HTMLElement[] {
    const { state } = this;
    switch (state.is) {
      case 'confirmed':
        return [create('pre', {}, JSON.stringify(state.answer, undefined, 2))];
      case 'unconfirmed':
        return [
          create('p', {}, t('unconfirmedHint')),
          create('p', { class: 'muted' }, state.reason),
        ];
      case 'ended':
        return state.status === 'completed' ? [create('p', {}, t('reconciledHint'))] : [];
      case 'failed':
        return [create('p', {}, state.reason)];
      default:
        return [];
    }
  }
}
