import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import type { Deadline } from './deadline.js';

/** While callbacks are turned away, the log says so this often. */
const LOG_EVERY_MS = 10_000;

/**
 * Counts the callbacks that this process works on, and turns away those beyond the limit: an answer that OSS gets at
 * once is better than a queue in which all of them come too late.
 */
export class CallbacksInFlight {
  private readonly logger = new Logger('OssCallback');
  private count = 0;
  private isClosing = false;
  private onIdle: (() => void) | undefined;
  private turnedAway = 0;
  private loggedAtMs = -Infinity;

  constructor(private readonly max: number) {}

  get size(): number {
    return this.count;
  }

  /** Whether every callback is turned away from now on. */
  get isDraining(): boolean {
    return this.isClosing;
  }

  /**
   * @returns why the callback is turned away; else it counts until its answer has left, its client has gone or its
   *   deadline is there, whichever comes first
   */
  enter(response: ServerResponse, deadline: Deadline): OssCallbackError | undefined {
    if (this.isClosing) {
      response.shouldKeepAlive = false;
      return new OssCallbackError('OVERLOADED', 'The app is shutting down.');
    }
    if (this.count >= this.max) {
      this.noteTurnedAway();
      return new OssCallbackError('OVERLOADED', 'Too many callbacks at once.', {
        hint: `the option "maxCallbacksInFlight" is ${this.max}`,
      });
    }
    this.count += 1;
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      this.count -= 1;
      if (this.count === 0) this.onIdle?.();
    };
    response.on('finish', leave).on('close', leave);
    deadline.add(leave);
    return undefined;
  }

  /** From now on every callback is turned away; waits until those in flight are answered. */
  async drain(withinMs: number): Promise<void> {
    this.isClosing = true;
    if (this.count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private noteTurnedAway(): void {
    this.turnedAway += 1;
    if (performance.now() - this.loggedAtMs < LOG_EVERY_MS) return;
    this.logger.error(
      `OVERLOADED: ${this.turnedAway} callbacks were answered 503, because ${this.max} are worked on; the option "maxCallbacksInFlight" sets the limit`,
    );
    this.loggedAtMs = performance.now();
    this.turnedAway = 0;
  }
}
