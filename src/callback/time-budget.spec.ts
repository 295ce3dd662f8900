import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirmationMs, discardMs, drainMs, keyFetchMs } from './time-budget.js';

const answerWithin = fc.integer({ min: 100, max: 4_900 });

describe('the time of a callback', () => {
  it('is divided like this where the answer leaves within 4,000 ms', () => {
    expect(keyFetchMs(4_000)).toBe(2_000);
    expect(confirmationMs(4_000, 0)).toBe(2_400);
    expect(confirmationMs(4_000, 600)).toBe(2_400);
    expect(discardMs(4_000)).toBe(1_000);
    expect(drainMs(4_000)).toBe(4_000);
  });

  it('leaves less to the bucket the later it is asked, and nothing of what the database needs', () => {
    expect(confirmationMs(4_000, 2_000)).toBe(1_000);
    expect(confirmationMs(4_000, 3_000)).toBe(0);
    expect(confirmationMs(4_000, 60_000)).toBe(0);
  });

  it('suffices for a key and for the bucket’s word about the object, one after the other', () => {
    fc.assert(
      fc.property(answerWithin, (ms) => {
        const key = keyFetchMs(ms);
        const confirmation = confirmationMs(ms, key);
        expect(confirmation).toBeGreaterThanOrEqual(Math.floor(ms * 0.2));
        expect(key + confirmation).toBeLessThanOrEqual(ms * 0.75);
      }),
    );
  });

  it('is never less than nothing, and whole milliseconds', () => {
    fc.assert(
      fc.property(answerWithin, fc.double({ min: 0, max: 10_000, noNaN: true }), (ms, elapsed) => {
        for (const part of [keyFetchMs(ms), confirmationMs(ms, elapsed), discardMs(ms)]) {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(Number.isInteger(part)).toBe(true);
        }
      }),
    );
  });
});
