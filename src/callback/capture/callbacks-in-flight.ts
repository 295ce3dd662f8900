import type { ServerResponse } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import type { CallbackExchange } from './callback-exchange.js';
import { OverloadLog } from './overload-log.js';

/**
 * Counts the callbacks that this process is handling, and refuses those beyond the limit: for OSS, an immediate answer
 * is better than a queue in which all callbacks are answered too late.
 */
export class CallbacksInFlight {
  /** Those that have arrived and are not answered. */
  private readonly open = new Set<ServerResponse>();
  /** Those whose bodies have arrived. */
  private readonly working = new Set<ServerResponse>();
  private isClosing = false;
  private onIdle: (() => void) | undefined;
  private readonly log = new OverloadLog();
  /** One for all, since thousands may be refused in a second. */
  private readonly refusal: OssCallbackError;

  constructor(private readonly max: number) {
    this.refusal = new OssCallbackError('OVERLOADED', 'Too many callbacks at once.', {
      hint: logText`the option "maxCallbacksInFlight" is ${max}`,
    });
  }

  /** How many are being handled. */
  get size(): number {
    return this.working.size;
  }

  /** Whether every callback is refused from now on. */
  get isDraining(): boolean {
    return this.isClosing;
  }

  /**
   * Registers a callback whose head has arrived. It counts until its answer is sent, its client disconnects or its
   * deadline is reached, whichever comes first.
   * @returns why the callback is refused before its body is read; `undefined` if it is not
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
   * Reserves a place for a registered callback whose body has arrived. One whose client has disconnected needs none.
   * @returns why there is no place; `undefined` if there is
   */
  startWork(response: ServerResponse): OssCallbackError | undefined {
    if (!this.open.has(response)) return undefined;
    if (this.isFull()) return this.shed();
    this.working.add(response);
    return undefined;
  }

  /** Refuses every callback from now on; waits until those in flight are answered. */
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

  /** A settled answer may still be waiting for a slow client to read it; it no longer takes a place. */
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
        logText`OVERLOADED: ${count} callbacks were answered 503, because ${this.max} are being handled; the option "maxCallbacksInFlight" sets the limit`,
    );
    return this.refusal;
  }
}
