import { OssCallbackError } from '../../common/errors.js';
import { type LogText, logText } from '../../common/log-text.js';

/** @param hint which step used the time, for the log */
export function deadlineExceeded(hint: LogText): OssCallbackError {
  return new OssCallbackError('DEADLINE_EXCEEDED', 'There was no response in time.', { hint });
}

/** What a callback waits for. */
export interface Step {
  /** For the log: "recording the upload". */
  what: LogText;
  startedAtMs: number;
}

export function startStep(what: LogText): Step {
  return { what, startedAtMs: performance.now() };
}

/**
 * The moment at which something must be finished. An AbortSignal would do the same, but cost many times more for each
 * callback.
 */
export class Deadline {
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout | undefined;
  private isOver = false;
  private isHeld = false;
  /** Whether its time was up while it was held. */
  private isDue = false;

  /** @param withinMs absent if only {@link reach} ends it */
  constructor(withinMs?: number) {
    if (withinMs === undefined) return;
    this.timer = setTimeout(() => {
      if (this.isHeld) this.isDue = true;
      else this.reach();
    }, withinMs);
    this.timer.unref();
  }

  get isReached(): boolean {
    return this.isOver;
  }

  /** Calls the listener when the deadline is reached. */
  add(listener: () => void): void {
    this.listeners.add(listener);
  }

  /**
   * @param currentStep what `work` is doing
   * @throws what `work` throws; `DEADLINE_EXCEEDED` if the deadline comes first; the outcome of `work` is then ignored
   */
  race<T>(work: Promise<T>, currentStep: () => Step): Promise<T> {
    if (this.isOver) {
      work.catch(() => undefined);
      const { what } = currentStep();
      return Promise.reject(deadlineExceeded(logText`time ran out before ${what}`));
    }
    return this.settleBy(work, (_resolve, reject) => {
      const { what, startedAtMs } = currentStep();
      const tookMs = Math.round(performance.now() - startedAtMs);
      reject(deadlineExceeded(logText`${what} had not finished after ${tookMs} ms`));
    });
  }

  /** As {@link race}, with a value in place of the deadline's error. */
  raceOr<T>(work: Promise<T>, otherwise: T): Promise<T> {
    return this.settleBy(work, (resolve) => resolve(otherwise));
  }

  private settleBy<T>(
    work: Promise<T>,
    onReached: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = () => onReached(resolve, reject);
      if (this.isOver) listener();
      else this.add(listener);
      work.then(
        (value) => {
          this.listeners.delete(listener);
          resolve(value);
        },
        (error: unknown) => {
          this.listeners.delete(listener);
          reject(error);
        },
      );
    });
  }

  /** Defers it until {@link resume}; its time keeps running. */
  hold(): void {
    this.isHeld = true;
  }

  resume(): void {
    this.isHeld = false;
    if (this.isDue) this.reach();
  }

  /** Releases its listeners and its timer: its time no longer counts. */
  clear(): void {
    this.isDue = false;
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  reach(): void {
    if (this.isOver) return;
    clearTimeout(this.timer);
    this.isOver = true;
    for (const listener of this.listeners) listener();
  }
}
