import { badge, create } from '../dom.js';
import type { TextKey } from '../language/en.js';
import { t, wordFor } from '../language/language.js';
import type { CarrierName, UploadOutcome } from 'nestjs-oss-callback/client';

const CARRIER_NAMES = {
  form: 'carrierForm',
  put: 'carrierPut',
  multipart: 'carrierMultipart',
} as const satisfies Record<CarrierName, TextKey>;

/** An answer as it is kept over a reload. */
export interface KeptAnswer {
  fileId: string;
  name: string;
  carrier: CarrierName;
  state: State;
}

type State =
  | { is: 'uploading' }
  | { is: 'confirmed'; answer: unknown }
  | { is: 'unconfirmed'; uploadId: string; reason: string }
  | { is: 'ended'; status: string }
  | { is: 'failed'; reason: string }
  | { is: 'cancelled' | 'interrupted' };

/** One upload in the list: what the app answered, or why there is no answer. */
export class Answer {
  readonly element = create('li', { class: 'answer' });
  readonly fileId: string;
  private readonly name: string;
  private readonly carrier: CarrierName;
  private state: State;

  /** @param onChange gets what is to be announced */
  constructor(
    { fileId, name, carrier, state }: KeptAnswer,
    private readonly onChange: (text: string) => void,
  ) {
    this.fileId = fileId;
    this.name = name;
    this.carrier = carrier;
    this.state = state;
    this.show();
  }

  /** After a reload, which ends what is under way. */
  static restored(kept: KeptAnswer, onChange: (text: string) => void): Answer {
    const state: State = kept.state.is === 'uploading' ? { is: 'interrupted' } : kept.state;
    return new Answer({ ...kept, state }, onChange);
  }

  toKept(): KeptAnswer {
    const { fileId, name, carrier, state } = this;
    return { fileId, name, carrier, state };
  }

  /** Whether the upload has come to an end that another attempt cannot change. */
  get isFinal(): boolean {
    return this.state.is === 'confirmed' || this.state.is === 'ended';
  }

  /** The upload's id, while the app has not confirmed it. */
  get unconfirmedId(): string | undefined {
    return this.state.is === 'unconfirmed' ? this.state.uploadId : undefined;
  }

  became(outcome: UploadOutcome): void {
    if (outcome.state === 'unconfirmed') this.unconfirmed(outcome);
    else if (outcome.state === 'completed' && outcome.answer !== undefined) {
      this.become({ is: 'confirmed', answer: outcome.answer });
    } else this.become({ is: 'ended', status: outcome.state });
  }

  unconfirmed({ uploadId, reason }: { uploadId: string; reason: string }): void {
    this.become({ is: 'unconfirmed', uploadId, reason });
  }

  failed(reason: string): void {
    this.become({ is: 'failed', reason });
  }

  /** A file that is taken off the list after its upload keeps its answer. */
  cancelled(): void {
    if (this.state.is === 'uploading') this.become({ is: 'cancelled' });
  }

  show(): void {
    const head = create(
      'div',
      { class: 'answer-head' },
      create('strong', {}, this.name),
      create('span', { class: 'muted' }, t(CARRIER_NAMES[this.carrier])),
      badge(...this.result()),
    );
    this.element.replaceChildren(head, ...this.details());
  }

  private become(state: State): void {
    this.state = state;
    this.show();
    const [, text] = this.result();
    this.onChange(`${this.name}: ${text}`);
  }

  private result(): Parameters<typeof badge> {
    const { state } = this;
    switch (state.is) {
      case 'confirmed':
        return ['good', t('answerConfirmed')];
      case 'unconfirmed':
        return ['waiting', t('answerUnconfirmed')];
      case 'ended':
        return state.status === 'completed'
          ? ['good', t('answerReconciled')]
          : ['bad', wordFor('status', state.status)];
      case 'failed':
        return ['bad', t('answerFailed')];
      case 'cancelled':
        return ['plain', t('answerCancelled')];
      case 'interrupted':
        return ['waiting', t('answerInterrupted')];
      default:
        return ['plain', t('answerUploading')];
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
          create('p', { class: 'muted' }, t('ossSays', { message: state.reason })),
        ];
      case 'ended':
        return state.status === 'completed' ? [create('p', {}, t('reconciledHint'))] : [];
      case 'failed':
        return [create('p', {}, state.reason)];
      case 'interrupted':
        return [create('p', {}, t('interruptedHint'))];
      default:
        return [];
    }
  }
}
