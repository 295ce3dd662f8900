import { type CancelSignal, environment } from './environment.js';
import { OssUploadError } from './oss-upload-error.js';

/** An `AbortController`, which mini-programs do not have. */
export class Cancellation implements CancelSignal {
  aborted = false;
  reason: unknown;
  private readonly listeners = new Set<() => void>();

  abort(reason?: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }
}

export const never: CancelSignal = new Cancellation();

export function aborted(
  { reason }: CancelSignal,
  details: { uploadId?: string; mayBeStored?: boolean } = {},
): OssUploadError {
  return new OssUploadError('ABORTED', 'The upload was cancelled.', { ...details, cause: reason });
}

/** @throws OssUploadError `ABORTED` */
export function throwIfAborted(signal: CancelSignal): void {
  if (signal.aborted) throw aborted(signal);
}

/** @throws OssUploadError `ABORTED` */
export function pause(ms: number, signal: CancelSignal): Promise<void> {
  return until(signal, (wake) => {
    const timer = environment.setTimeout(wake, ms);
    return () => environment.clearTimeout(timer);
  });
}

/** Waits while the browser is offline. */
export async function whenOnline(signal: CancelSignal): Promise<void> {
  if (environment.navigator?.onLine !== false || !environment.addEventListener) return;
  await until(signal, (wake) => {
    environment.addEventListener!('online', wake);
    return () => environment.removeEventListener!('online', wake);
  });
}

/** @param begin calls `wake` later, and returns a function that cancels that */
export function until(
  signal: CancelSignal,
  begin: (wake: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = begin(() => settle(resolve));
    const cancel = () => settle(() => reject(aborted(signal)));
    const settle = (how: () => void) => {
      end();
      signal.removeEventListener('abort', cancel);
      how();
    };
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
  });
}
