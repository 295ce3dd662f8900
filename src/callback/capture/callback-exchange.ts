import type { ServerResponse } from 'node:http';
import type { OssCallbackError } from '../../common/errors.js';
import { SealedResponse } from '../answer/sealed-response.js';
import { Deadline } from './deadline.js';

export interface ExchangeTerms {
  answerWithinMs: number;
  /** As with the guard alone. */
  isAnsweredByApp: boolean;
  /** Refuses the callback, at whatever stage it is. */
  refuse: (error: unknown) => OssCallbackError;
  /** Called when time is up and no step has settled an answer. */
  onExpired: () => void;
  /** Called with the app's status where the app ends the response before there is an answer. */
  onEndedByApp: (status: number) => void;
}

/** What a callback is answered with, and by when. */
export class CallbackExchange {
  /** Where this package answers, and not the app. */
  readonly answer: SealedResponse | undefined;
  /** When the answer has to leave. */
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
        // An interceptor of the host may be holding back an answer that is settled.
        answer.send();
      }),
    );
  }

  /**
   * Decides how the callback ends, and what it is answered where this package answers. The first decision stands; whatever
   * ends the response sends it.
   * @returns whether this is the first
   */
  settle(status: number, body: string): boolean {
    if (this.hasEnd) return false;
    this.hasEnd = true;
    this.answer?.settle(status, body);
    return true;
  }

  /** Calls the listener when the answer has left or the client has gone; a second time if both happen. */
  onEnd(listener: () => void): void {
    this.endListeners.push(listener);
  }

  private end(): void {
    this.deadline.clear(); // its listeners keep the callback's body in memory
    for (const listener of this.endListeners) listener();
  }

  /** Since the callback came. */
  get elapsedMs(): number {
    return performance.now() - this.openedAtMs;
  }
}
