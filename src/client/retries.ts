import { pause, whenOnline } from './cancellation.js';
import type { CancelSignal } from './environment.js';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;

/** Doubles with each retry, ± 50 %, so that clients do not return all at once. */
export function growingPauseMs(index: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** index, MAX_PAUSE_MS) * (0.5 + Math.random());
}

/** Retries after an error that `isPassing` accepts, up to `retries` times; time offline does not count. */
export async function withRetries<Result>(
  { retries, signal }: { retries: number; signal: CancelSignal },
  attempt: () => Promise<Result>,
  isPassing: (error: unknown) => boolean,
): Promise<Result> {
  for (let index = 0; ; index += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || index >= retries || !isPassing(error)) throw error;
      await pause(growingPauseMs(index), signal);
      await whenOnline(signal);
    }
  }
}

/**
 * Works on all items, a limited number at a time. After the first error it starts nothing new, and waits for what is
 * running.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const errors: unknown[] = [];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => {
        waiting.length = 0;
        errors.push(error);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
