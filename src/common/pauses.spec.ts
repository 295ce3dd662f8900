import { afterEach, expect, it, vi } from 'vitest';
import { pauseAfter, withJitter } from './pauses.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a pause doubles with each failure, up to the longest', () => {
  const pause = { firstMs: 5, longestMs: 60 };
  expect([1, 2, 3, 4, 5, 6, 5_000].map((failures) => pauseAfter(failures, pause))).toEqual([
    5, 10, 20, 40, 60, 60, 60,
  ]);
});

it.each([
  [0, 90],
  [0.5, 100],
  [1, 110],
])('chance takes off or adds no more than its part', (chance, timeMs) => {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
  expect(withJitter(100, 0.1)).toBeCloseTo(timeMs);
  expect(pauseAfter(3, { firstMs: 25, longestMs: 500, jitter: 0.1 })).toBeCloseTo(timeMs);
});
