import { afterEach, beforeEach, vi } from 'vitest';

/** What the process writes during a test, in place of writing it. */
export function useCapturedOutput(): string[] {
  const written: string[] = [];
  beforeEach(() => {
    written.length = 0;
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text));
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return written;
}
