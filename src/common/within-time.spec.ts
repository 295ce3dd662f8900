import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withinTime } from './within-time.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('gives what comes in time, be it an error', async () => {
  expect(await withinTime(Promise.resolve(1), 10)).toBe(1);
  await expect(withinTime(Promise.reject(new Error('no')), 10)).rejects.toThrow('no');
});

it('fails with an error that says how long it waited', async () => {
  const waiting = expect(withinTime(new Promise(() => {}), 10_000)).rejects.toThrow(
    'no response within 10000 ms',
  );
  await vi.advanceTimersByTimeAsync(10_000);
  await waiting;
});
