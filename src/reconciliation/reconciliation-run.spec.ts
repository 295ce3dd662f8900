import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DueRow } from '../database/fair-order.js';
import { RefusedRows } from '../database/refused-rows.js';
import { ReconciliationRun } from './reconciliation-run.js';

const rows = (from: number, to: number, owner: string | null = null): DueRow[] =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const id = String(from + index);
    return { id, owner, bucket: 'b', object: id };
  });
const ids = (from: number, to: number) => rows(from, to).map(({ id }) => id);
const settled = ({ id }: DueRow, isAnswered?: boolean) => ({
  upload: { uploadId: id, bucket: 'b', object: id, outcome: 'pending' as const },
  isAnswered,
});
const refused = new RefusedRows('upload');
const never = () => new Promise<never>(() => undefined);

describe('ReconciliationRun', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const runOf = (options: { uploadIds?: string[]; isStopping?: () => boolean } = {}) =>
    new ReconciliationRun({
      dryRun: false,
      uploadIds: undefined,
      isStopping: () => false,
      ...options,
    });

  it('takes what is due in its order, some at once, until nothing is due', async () => {
    const due = [rows(1, 5), rows(6, 7), []];
    const started: string[] = [];
    let atWork = 0;
    let most = 0;
    const run = runOf();
    const taken = await run.take(100, {
      atOnce: 4,
      find: async () => due.shift()!,
      settle: async (row) => {
        started.push(row.id);
        most = Math.max(most, (atWork += 1));
        await Promise.resolve();
        atWork -= 1;
        return settled(row);
      },
      refused,
    });
    expect(started).toEqual(ids(1, 7));
    expect(most).toBe(2); // half of them for one owner
    expect(taken.map(({ uploadId }) => uploadId)).toEqual(ids(1, 7));
    expect(run.isCutShort).toBe(false);
  });

  it('looks for no more than is left of its limit', async () => {
    const limits: number[] = [];
    await runOf().take(5, {
      atOnce: 2,
      find: async (limit) => {
        limits.push(limit);
        return rows(1, 3);
      },
      settle: async (row) => settled(row),
      refused,
    });
    expect(limits).toEqual([5, 2]);
  });

  it('ends where other processes take everything that is due', async () => {
    const find = vi.fn(async () => rows(1, 3));
    await runOf().take(5, { atOnce: 2, find, settle: async () => undefined, refused });
    expect(find).toHaveBeenCalledTimes(1);
  });

  it('goes on beside the uploads of one owner that hang, and ends without them', async () => {
    const run = runOf();
    const due = [[...rows(1, 100, 'bad'), ...rows(101, 120, 'good')], []];
    let lastGood!: () => void;
    const goodAreSettled = new Promise<void>((resolve) => (lastGood = resolve));
    const taking = run.take(1_000, {
      atOnce: 4,
      find: async () => due.shift() ?? [],
      settle: async (row) => {
        if (row.owner === 'bad') return never();
        if (row.id === '120') lastGood();
        return settled(row);
      },
      refused,
    });
    await goodAreSettled;
    vi.advanceTimersByTime(120_000);
    expect((await taking).map(({ uploadId }) => uploadId)).toEqual(ids(101, 120));
    expect(run.isCutShort).toBe(true);
  });

  it('starts nothing after its time is up, and is settled once what it started has ended', async () => {
    const run = runOf();
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const taking = run.take(100, {
      atOnce: 1,
      find: async () => rows(1, 3),
      settle: async (row, isOver) => {
        started.push(row.id);
        await new Promise<void>((resolve) => ends.push(resolve));
        expect(isOver()).toBe(true);
        return settled(row);
      },
      refused,
    });
    await vi.waitFor(() => expect(started).toEqual(['1']));
    vi.advanceTimersByTime(120_000);
    expect(await taking).toEqual([]);
    let isSettled = false;
    const whenSettled = run.whenSettled().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    ends[0]!();
    await whenSettled;
    expect(started).toEqual(['1']);
  });

  it('takes uploads that are named once each, however long it takes', async () => {
    const run = runOf({ uploadIds: ids(1, 5) });
    const taken = await run.take(100, {
      atOnce: 1,
      find: async () => rows(1, 5),
      settle: async (row) => {
        vi.advanceTimersByTime(50_000);
        return settled(row, false);
      },
      refused,
    });
    expect(taken).toHaveLength(5);
    expect(run.unreachableBuckets).toEqual([]);
  });

  it('begins with nothing where the app shuts down', async () => {
    let isStopping = false;
    const taken = await runOf({ isStopping: () => isStopping }).take(100, {
      atOnce: 2,
      find: async () => rows(1, 9),
      settle: async (row) => {
        isStopping = true;
        return settled(row);
      },
      refused,
    });
    expect(taken).toHaveLength(1);
  });
});
