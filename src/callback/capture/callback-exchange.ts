import type { ServerResponse } from 'node:http';
import type { OssCallbackError } from '../../common/errors.js';
import { SealedResponse } from '../answer/sealed-response.js';
import { Deadline } from './deadline.js';

export interface ExchangeTerms {
  answerWithinMs: number;
  /** The app answers, as with the guard alone. */
  isAnsweredByApp: boolean;
  /** Refuses the callback, at whatever stage it is. */
  refuse: (error: unknown) => OssCallbackError;
  /** Called when time is up and no step has settled an answer. */
  onExpired: () => void;
  /** Called with the app's status if the app ends the response before an answer is settled. */
  onEndedByApp: (status: number) => void;
}

/** What a callback is answered with, and by when. */
export class CallbackExchange {
  /** Present if this package answers, and not the app. */
  readonly answer: SealedResponse | undefined;
  /** When the answer is due. */
  readonly deadline: Deadline;
  /** Refuses the callback, at whatever stage it is. @returns the error to throw */
  readonly refuse: ExchangeTerms['refuse'];
  private hasEnd = false;
  private readonly endListeners: (() => void)[] = [];
  private readonly openedAtMs = performance.now();

  constructor(
    readonly response: ServerResponse,
    { answerWithinMs, isAnsweredByApp, refuse, onExpired, onEndedByApp }: ExchangeTerms,
  ) {
    this.refuse = refuse;
    this.deadline = new Deadline(answerWithinMs);
    const end = () => this.end();
    response.on('finish', end).on('close', end);
    if (isAnsweredByApp) return;
    const answer = SealedResponse.seal(response, onEndedByApp);
    this.answer = answer;
    // A step that races the deadline settles the answer before this: it knows what is durable by then.
    this.deadline.add(() =>
      setImmediate(() => {
        if (!this.hasEnd) onExpired();
        // An interceptor of the host may be holding back a settled answer.
        answer.send();
      }),
    );
  }

  /**
   * Decides how the callback ends, and its answer if this package answers. The first decision counts; it is sent when the
   * response ends, whatever ends it.
   * @returns whether this is the first
   */
  settle(status: number, body: string): boolean {
    if (this.hasEnd) return false;
    this.hasEnd = true;
    this.answer?.settle(status, body);
    return true;
  }

  /** Calls the listener when the answer is sent or the client disconnects; a second time if both happen. */
  onEnd(listener: () => void): void {
    this.endListeners.push(listener);
  }

  private end(): void {
    this.deadline.clear(); // its listeners keep the callback's body in memory
    for (const listener of this.endListeners) listener();
  }

  /** Since the callback arrived. */
  get elapsedMs(): number {
    return performance.now() - this.openedAtMs;
  }
}
