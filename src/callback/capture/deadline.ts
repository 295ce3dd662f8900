import { OssCallbackError } from '../../common/errors.js';

/**
 * The moment at which an answer has to leave. An AbortSignal would say the same at many times the price, for each
 * callback.
 */
export class Deadline {
  private readonly listeners = new Set<(error: OssCallbackError) => void>();
  private readonly timer: NodeJS.Timeout | undefined;
  private reached: OssCallbackError | undefined;

  /** @param withinMs absent where nothing but {@link reach} ends it */
  constructor(withinMs?: number) {
    if (withinMs === undefined) return;
    this.timer = setTimeout(() => this.reach(), withinMs);
    this.timer.unref();
  }

  /** `DEADLINE_EXCEEDED` from that moment on. */
  get error(): OssCallbackError | undefined {
    return this.reached;
  }

  add(listener: (error: OssCallbackError) => void): void {
    this.listeners.add(listener);
  }

  delete(listener: (error: OssCallbackError) => void): void {
    this.listeners.delete(listener);
  }

  /** It is not reached any more. */
  clear(): void {
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  reach(): void {
    if (this.reached) return;
    this.reached = new OssCallbackError('DEADLINE_EXCEEDED', 'There was no answer in time.');
    for (const listener of this.listeners) listener(this.reached);
  }
}
