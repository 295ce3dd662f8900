import { create } from '../dom.js';
import { wordFor } from '../format.js';
import type { TextKey } from '../language/en.js';
import { t } from '../language/language.js';
import type { Carrier } from './carriers.js';

const CARRIER_NAMES = {
  form: 'carrierForm',
  put: 'carrierPut',
  multipart: 'carrierMultipart',
} as const satisfies Record<Carrier, TextKey>;

type State =
  | { is: 'uploading' }
  | { is: 'confirmed'; answer: unknown }
  | { is: 'unconfirmed'; reason: string; status?: string; checkNow: () => Promise<void> }
  | { is: 'ended'; status: string }
  | { is: 'failed'; reason: string }
  | { is: 'cancelled' };

/** One upload in the list: what the app answered, or why there is no answer. */
export class Answer {
  readonly element = create('li', { class: 'answer' });
  private state: State = { is: 'uploading' };

  constructor(
    private readonly name: string,
    private readonly carrier: Carrier,
    private readonly announce: (text: string) => void,
  ) {
    this.show();
  }

  confirmed(answer: unknown): void {
    this.become({ is: 'confirmed', answer });
  }

  /** @param checkNow makes the app look for the object */
  unconfirmed(reason: string, checkNow: () => Promise<void>): void {
    this.become({ is: 'unconfirmed', reason, checkNow });
  }

  statusIs(status: string): void {
    if (this.state.is !== 'unconfirmed' || this.state.status === status) return;
    this.state = { ...this.state, status };
    this.show();
  }

  ended(status: string): void {
    this.become({ is: 'ended', status });
  }

  failed(reason: string): void {
    this.become({ is: 'failed', reason });
  }

  cancelled(): void {
    this.become({ is: 'cancelled' });
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
          this.checking(state),
        ];
      case 'ended':
        return state.status === 'completed' ? [create('p', {}, t('reconciledHint'))] : [];
      case 'failed':
        return [create('p', {}, state.reason)];
      default:
        return [];
    }
  }

  private checking({ status, checkNow }: Extract<State, { is: 'unconfirmed' }>): HTMLElement {
    const button = create('button', { type: 'button', class: 'small' }, t('checkNow'));
    button.addEventListener('click', () => {
      button.disabled = true;
      void checkNow().finally(() => (button.disabled = false));
    });
    const now = status ? t('statusNow', { status: wordFor('status', status) }) : '';
    return create('p', { class: 'answer-check' }, button, create('span', { class: 'muted' }, now));
  }
}
