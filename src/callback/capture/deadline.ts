import { OssCallbackError } from '../../common/errors.js';

/**
 * The moment at which something has to be over. An AbortSignal would say the same at many times the price, for each
 * callback.
 */
export class Deadline {
  private readonly listeners = new Set<(error: OssCallbackError) => void>();
  private readonly timer: NodeJS.Timeout | undefined;
  private reached: OssCallbackError | undefined;
  private isHeld = false;
  /** Whether its time was over while it was held. */
  private isDue = false;

  /** @param withinMs absent where nothing but {@link reach} ends it */
  constructor(withinMs?: number) {
    if (withinMs === undefined) return;
    this.timer = setTimeout(() => {
      if (this.isHeld) this.isDue = true;
      else this.reach();
    }, withinMs);
    this.timer.unref();
  }

  /** `DEADLINE_EXCEEDED` from that moment on, or what ended it earlier. */
  get error(): OssCallbackError | undefined {
    return this.reached;
  }

  add(listener: (error: OssCallbackError) => void): void {
    this.listeners.add(listener);
  }

  delete(listener: (error: OssCallbackError) => void): void {
    this.listeners.delete(listener);
  }

  /** @throws what `work` throws; the deadline's error if that comes first, and what becomes of `work` is ignored */
  race<T>(work: Promise<T>): Promise<T> {
    return this.settleBy(work, (_resolve, reject) => reject);
  }

  /** As {@link race}, with a value in place of the deadline's error. */
  raceOr<T>(work: Promise<T>, otherwise: T): Promise<T> {
    return this.settleBy(work, (resolve) => () => resolve(otherwise));
  }

  private settleBy<T>(
    work: Promise<T>,
    onReached: (
      resolve: (value: T) => void,
      reject: (error: unknown) => void,
    ) => (error: OssCallbackError) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = onReached(resolve, reject);
      if (this.reached) listener(this.reached);
      else this.add(listener);
      const settle = (finish: () => void) => {
        this.delete(listener);
        finish();
      };
      work.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  /** Puts it off until {@link resume}; its time goes on running. */
  hold(): void {
    this.isHeld = true;
  }

  resume(): void {
    this.isHeld = false;
    if (this.isDue) this.reach();
  }

  /** Lets go of its listeners and its timer: it is never reached from now on, unless by {@link reach}. */
  clear(): void {
    this.isDue = false;
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  /** @param error where something else than the time ends it */
  reach(error?: OssCallbackError): void {
    if (this.reached) return;
    clearTimeout(this.timer);
    this.reached =
      error ?? new OssCallbackError('DEADLINE_EXCEEDED', 'There was no answer in time.');
    for (const listener of this.listeners) listener(this.reached);
  }
}
