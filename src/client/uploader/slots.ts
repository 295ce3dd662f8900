import { until } from '../cancellation.js';
import type { CancelSignal } from '../environment.js';

/** Runs work once it has a slot. Throws `ABORTED` if the signal aborts the wait. */
export type InSlot = <Result>(signal: CancelSignal, work: () => Promise<Result>) => Promise<Result>;

/** Limits how many run at once; the others wait in order. */
export function slots(count: number): InSlot {
  let free = count;
  const waiting = new Set<() => void>();
  return async (signal, work) => {
    if (free > 0) free -= 1;
    else {
      await until(signal, (wake) => {
        waiting.add(wake);
        return () => waiting.delete(wake);
      });
    }
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next) next();
      else free += 1;
    }
  };
}
