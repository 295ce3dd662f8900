import { expect, it, onTestFinished, vi } from 'vitest';
import { countTimers } from '../../test/support/count-timers.js';
import { withinTime } from './within-time.js';

it('gives what comes in time, be it an error, and leaves no timer behind', async () => {
  const running = countTimers(12_345);
  const waiting = withinTime(Promise.resolve(1), 12_345);
  expect(running()).toBe(1);
  expect(await waiting).toBe(1);
  await expect(withinTime(Promise.reject(new Error('no')), 12_345)).rejects.toThrow('no');
  expect(running()).toBe(0);
});

it('fails with an error that says how long it waited', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const waiting = expect(withinTime(new Promise(() => {}), 10_000)).rejects.toThrow(
    'no response within 10000 ms',
  );
  await vi.advanceTimersByTimeAsync(10_000);
  await waiting;
});
