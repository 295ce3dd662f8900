import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PARTS, MIN_PART_BYTES } from '../../protocol/object-limits.js';
import { partRange, planParts } from './part-plan.js';

const MB = 1024 * 1024;
const GB = 1024 * MB;

describe('planParts', () => {
  it.each([
    [1, 8 * MB, 1],
    [8 * MB, 8 * MB, 1],
    [8 * MB + 1, 8 * MB, 2],
    [GB, 8 * MB, 128],
    [80_000 * MB, 8 * MB, 10_000],
    [80_000 * MB + 1, 9 * MB, 8_889],
    [10_000 * 5 * GB, 5 * GB, 10_000],
  ])('cuts %i bytes into parts of %i', (sizeBytes, partSize, partCount) => {
    expect(planParts(sizeBytes)).toEqual({ sizeBytes, partSize, partCount });
  });

  it('covers every byte once, whatever the sizes', () => {
    const sizes = integer({ min: 1, max: 200 * GB });
    assert(
      property(sizes, integer({ min: MIN_PART_BYTES, max: 64 * MB }), (sizeBytes, wanted) => {
        const plan = planParts(sizeBytes, wanted * MAX_PARTS < sizeBytes ? undefined : wanted);
        expect(plan.partCount).toBeLessThanOrEqual(MAX_PARTS);
        const last = partRange(plan, plan.partCount);
        expect(last.start + last.sizeBytes).toBe(sizeBytes);
        expect(last.sizeBytes).toBeGreaterThan(0);
        expect(partRange(plan, 1).start).toBe(0);
      }),
    );
  });
});
