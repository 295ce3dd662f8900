import { afterEach, expect, it, vi } from 'vitest';
import { pauseAfter, pauseByAge, withJitter } from './pauses.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a pause doubles with each failure, up to the longest', () => {
  const pause = { firstMs: 5, longestMs: 60 };
  expect([1, 2, 3, 4, 5, 6, 5_000].map((failures) => pauseAfter(failures, pause))).toEqual([
    5, 10, 20, 40, 60, 60, 60,
  ]);
});

it('a pause is as long again as something has lasted, from the first to the longest', () => {
  const pause = { firstMs: 60, longestMs: 3_600 };
  expect([-1, 0, 60, 61, 3_600, 3_601].map((ageMs) => pauseByAge(ageMs, pause))).toEqual([
    60, 60, 60, 61, 3_600, 3_600,
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
