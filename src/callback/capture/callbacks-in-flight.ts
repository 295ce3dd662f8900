import type { ServerResponse } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import type { CallbackExchange } from './callback-exchange.js';
import { OverloadLog } from './overload-log.js';

/**
 * Counts the callbacks that this process works on, and turns away those beyond the limit: an answer that OSS gets at
 * once is better than a queue in which all of them come too late.
 */
export class CallbacksInFlight {
  /** Those that have come and are not answered. */
  private readonly open = new Set<ServerResponse>();
  /** Those whose bodies are there. */
  private readonly working = new Set<ServerResponse>();
  private isClosing = false;
  private onIdle: (() => void) | undefined;
  private readonly log = new OverloadLog();
  /** One for all, since thousands may be turned away in a second. */
  private readonly refusal: OssCallbackError;

  constructor(private readonly max: number) {
    this.refusal = new OssCallbackError('OVERLOADED', 'Too many callbacks at once.', {
      hint: logText`the option "maxCallbacksInFlight" is ${max}`,
    });
  }

  /** How many are worked on. */
  get size(): number {
    return this.working.size;
  }

  /** Whether every callback is turned away from now on. */
  get isDraining(): boolean {
    return this.isClosing;
  }

  /**
   * Takes note of a callback whose head has come. It counts until its answer has left, its client has gone or its
   * deadline is there, whichever comes first.
   * @returns why the callback is turned away before anything is read of it
   */
  enter(exchange: CallbackExchange): OssCallbackError | undefined {
    const { response, deadline } = exchange;
    if (this.isClosing) {
      response.shouldKeepAlive = false;
      return new OssCallbackError('OVERLOADED', 'The app is shutting down.');
    }
    if (this.isFull()) return this.shed();
    this.open.add(response);
    const leave = () => {
      if (!this.open.delete(response)) return;
      this.working.delete(response);
      if (this.open.size === 0) this.onIdle?.();
    };
    exchange.onEnd(leave);
    deadline.add(leave);
    return undefined;
  }

  /**
   * Gives a place to a callback that has entered and whose body is there. One whose client has gone meanwhile needs none.
   * @returns why there is none
   */
  startWork(response: ServerResponse): OssCallbackError | undefined {
    if (!this.open.has(response)) return undefined;
    if (this.isFull()) return this.shed();
    this.working.add(response);
    return undefined;
  }

  /** From now on every callback is turned away; waits until those in flight are answered. */
  async drain(withinMs: number): Promise<void> {
    this.isClosing = true;
    if (this.open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** An answer may wait behind others that its client does not take; its place is free all the same. */
  private isFull(): boolean {
    if (this.working.size < this.max) return false;
    for (const response of this.working) {
      if (response.writableEnded) this.working.delete(response);
    }
    return this.working.size >= this.max;
  }

  private shed(): OssCallbackError {
    this.log.note(
      (count) =>
        logText`OVERLOADED: ${count} callbacks were answered 503, because ${this.max} are worked on; the option "maxCallbacksInFlight" sets the limit`,
    );
    return this.refusal;
  }
}
