import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReconciliationRun } from './reconciliation-run.js';

const settled = (uploadId: string, isAnswered?: boolean) => ({
  upload: { uploadId, bucket: 'b', object: uploadId, outcome: 'pending' as const },
  isAnswered,
});
const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('ReconciliationRun', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  const runOf = (options: { uploadIds?: string[]; isStopping?: () => boolean } = {}) =>
    new ReconciliationRun({
      dryRun: false,
      uploadIds: undefined,
      isStopping: () => false,
      ...options,
    });

  it('takes what is due in its order, some at once, until nothing is due', async () => {
    const due = [ids(1, 5), ids(6, 7), []];
    const batches: (readonly string[])[] = [];
    const run = runOf();
    const taken = await run.take(100, {
      atOnce: 2,
      find: async () => due.shift()!,
      settle: async (some) => {
        batches.push(some);
        return some.map((id) => settled(id));
      },
    });
    expect(batches).toEqual([['1', '2'], ['3', '4'], ['5'], ['6', '7']]);
    expect(taken.map(({ uploadId }) => uploadId)).toEqual(ids(1, 7));
    expect(run.isCutShort).toBe(false);
  });

  it('looks for no more than is left of its limit', async () => {
    const limits: number[] = [];
    await runOf().take(5, {
      atOnce: 2,
      find: async (limit) => {
        limits.push(limit);
        return ids(1, 3);
      },
      settle: async (some) => some.map((id) => settled(id)),
    });
    expect(limits).toEqual([5, 2]);
  });

  it('ends where other processes take everything that is due', async () => {
    const find = vi.fn(async () => ids(1, 3));
    await runOf().take(5, { atOnce: 2, find, settle: async () => [] });
    expect(find).toHaveBeenCalledTimes(1);
  });

  it('leaves to the next run what handlers that hang would make others wait for', async () => {
    const run = runOf();
    const work = {
      atOnce: 1,
      find: async () => ids(1, 100),
      settle: async (some: readonly string[]) => {
        vi.advanceTimersByTime(50_000);
        return some.map((id) => settled(id));
      },
    };
    expect(await run.take(100, work)).toHaveLength(3);
    expect(run.isCutShort).toBe(true);
    // the next kind of work has its own time
    expect(await run.take(100, work)).toHaveLength(3);
  });

  it('takes uploads that are named once each, however long it takes', async () => {
    const run = runOf({ uploadIds: ids(1, 5) });
    const taken = await run.take(100, {
      atOnce: 1,
      find: () => Promise.reject(new Error('not asked')),
      settle: async (some) => {
        vi.advanceTimersByTime(50_000);
        return some.map((id) => settled(id, false));
      },
    });
    expect(taken).toHaveLength(5);
    expect(run.silentBuckets).toEqual([]);
  });

  it('begins with nothing where the app shuts down', async () => {
    let isStopping = false;
    const taken = await runOf({ isStopping: () => isStopping }).take(100, {
      atOnce: 2,
      find: async () => ids(1, 9),
      settle: async (some) => {
        isStopping = true;
        return some.map((id) => settled(id));
      },
    });
    expect(taken).toHaveLength(2);
  });
});
