import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MinuteBudget } from './minute-budget.js';

describe('MinuteBudget', () => {
  let ends: number;
  let budget: MinuteBudget;

  beforeEach(() => {
    vi.useFakeTimers();
    ends = 0;
    budget = new MinuteBudget(() => (ends += 1));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets so many of a kind pass, and knows no other kind', () => {
    expect(Array.from({ length: 4 }, () => budget.take('a', 2))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(budget.take('b', 1)).toBe(true);
    expect(budget.take('none', 0)).toBe(false);
  });

  it('takes of several budgets at once, or of none', () => {
    const both = () =>
      budget.takeOfEach([
        ['all', 3],
        ['one', 1],
      ]);
    expect([both(), both(), both()]).toEqual([true, false, false]);
    expect([budget.take('all', 3), budget.take('all', 3), budget.take('all', 3)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('begins anew a minute after the first that asked', () => {
    budget.take('a', 1);
    vi.advanceTimersByTime(59_999);
    expect([budget.take('a', 1), ends]).toEqual([false, 0]);
    vi.advanceTimersByTime(1);
    expect([ends, budget.take('a', 1), budget.take('a', 1)]).toEqual([1, true, false]);
  });

  it('has no minute while it is not used', () => {
    budget.take('a', 1);
    vi.advanceTimersByTime(600_000);
    expect(ends).toBe(1);
  });

  it('ends when it is told to', () => {
    budget.take('a', 1);
    budget.end();
    vi.advanceTimersByTime(60_000);
    expect([ends, budget.take('a', 1)]).toEqual([1, true]);
  });
});
