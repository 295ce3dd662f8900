import { onTestFinished, vi } from 'vitest';

/**
 * Counts timers of one delay, at most a second shorter, that were started from now on and not cleared. All timers would be
 * too many: what other files of the same worker have left behind may start some at any time.
 */
export function countTimers(delayMs: number): () => number {
  const started = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => {
    started.mockRestore();
    cleared.mockRestore();
  });
  return () => {
    const gone = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer));
    const running = started.mock.calls.filter(([, ms = 0], index) => {
      const timer = started.mock.results[index]!.value as unknown;
      return ms <= delayMs && ms > delayMs - 1_000 && !gone.has(timer);
    });
    return running.length;
  };
}
