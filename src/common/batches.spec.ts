import { describe, expect, it } from 'vitest';
import { Batches } from './batches.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function useBatches(maxItems: number) {
  const seen: number[][] = [];
  const ends: (() => void)[] = [];
  const batches = new Batches<number>(maxItems, (batch) => {
    seen.push(batch);
    return new Promise((resolve) => ends.push(resolve));
  });
  const add = (...items: number[]) => items.forEach((item) => batches.add(item));
  const end = async () => {
    ends.shift()!();
    await turn();
  };
  return { batches, seen, add, end };
}

describe('Batches', () => {
  it('an item alone waits for nothing, those after it share a batch', async () => {
    const { batches, seen, add, end } = useBatches(10);
    add(1);
    await turn();
    add(2, 3);
    await turn();
    add(4);
    expect([seen, batches.waiting]).toEqual([[[1]], [2, 3, 4]]);
    await end();
    expect([seen, batches.waiting]).toEqual([[[1], [2, 3, 4]], []]);
  });

  it('what comes in one turn is one batch, up to its limit', async () => {
    const { seen, add, end } = useBatches(2);
    add(1, 2, 3);
    await turn();
    expect(seen).toEqual([[1, 2]]);
    await end();
    expect(seen).toEqual([[1, 2], [3]]);
  });

  it('is idle when everything is done, and begins anew', async () => {
    const { batches, seen, add, end } = useBatches(10);
    await batches.whenIdle();
    for (const item of [1, 2]) {
      add(item);
      let isIdle = false;
      const idle = batches.whenIdle().then(() => (isIdle = true));
      await turn();
      expect(isIdle).toBe(false);
      await end();
      await idle;
    }
    expect(seen).toEqual([[1], [2]]);
  });
});
