import { setTimeout as pauseFor } from 'node:timers/promises';
import { OssCallbackError } from '../common/errors.js';
import { pauseAfter } from '../common/pauses.js';
import type { HttpAnswer } from './http-exchange.js';

const ATTEMPTS = 6;
const PAUSE = { firstMs: 150, longestMs: 5_000, jitter: 1 / 3 };

export interface RetryOptions {
  signal?: AbortSignal;
  /** For tests. Default: a timer. */
  pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/**
 * Retries a request with exponential backoff while there is no answer, or OSS is temporarily unable to process it. Only
 * for idempotent requests, so never for one whose callback may have run.
 * @returns the last answer, of any status
 * @throws OssCallbackError `OSS_UNAVAILABLE` if the last attempt had no answer; the signal's reason
 */
export async function sendWithRetries(
  send: () => Promise<HttpAnswer>,
  { signal, pause = (ms) => pauseFor(ms, undefined, { signal }) }: RetryOptions = {},
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await send();
      if (isLast || !isPassing(answer.status)) return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (isLast || !(error instanceof OssCallbackError && error.code === 'OSS_UNAVAILABLE')) {
        throw error;
      }
    }
    try {
      await pause(pauseAfter(attempt, PAUSE), signal);
    } catch (error) {
      signal?.throwIfAborted(); // rather than the timer's own error
      throw error;
    }
  }
}

/** Whether the same request may succeed later. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 429;
}
