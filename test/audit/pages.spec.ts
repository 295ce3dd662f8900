import { beforeAll, describe, expect, it } from 'vitest';
import type { OssUploadPageRequest } from '../../src/index.js';
import { createAuditWorld, minutesAgo } from './audit-world.js';
import { useWorld } from '../support/test-app.js';

const world = useWorld(createAuditWorld);

beforeAll(async () => {
  await world.addAll([
    { object: 'a', owner: 'u1', receivedAt: minutesAgo(1) },
    { object: 'b', owner: 'u1', receivedAt: minutesAgo(2), status: 'failed' },
    { object: 'c', owner: 'u2', receivedAt: minutesAgo(3), status: 'received', bucket: 'other' },
    { object: 'd', owner: 'u2', receivedAt: minutesAgo(4), status: 'rejected' },
    { object: 'e', owner: null, receivedAt: minutesAgo(5), source: 'reconciliation' },
    { object: 'f', owner: 'u1', receivedAt: minutesAgo(6), status: 'abandoned' },
    { object: 'a', owner: 'u1', receivedAt: minutesAgo(7) },
  ]);
});

async function objectsOf(request?: OssUploadPageRequest): Promise<string> {
  const { uploads } = await world.audit.find(request);
  return uploads.map(({ object }) => object).join('');
}

describe('a page of records', () => {
  it.each<[string, OssUploadPageRequest, string]>([
    ['nothing', {}, 'abcdefa'],
    ['an owner', { owner: 'u1' }, 'abfa'],
    ['an object', { object: 'a' }, 'aa'],
    ['a bucket', { bucket: 'other' }, 'c'],
    ['a status', { status: 'completed' }, 'aea'],
    ['several statuses', { status: ['failed', 'rejected', 'failed'] }, 'bd'],
    ['no status at all', { status: [] }, ''],
    ['a source', { source: 'reconciliation' }, 'e'],
    ['a beginning, which counts', { from: minutesAgo(3) }, 'abc'],
    ['an end, which does not count', { to: minutesAgo(3) }, 'defa'],
    ['a window by status', { from: minutesAgo(5), to: minutesAgo(1), status: 'completed' }, 'e'],
    ['an owner and statuses', { owner: 'u1', status: ['failed', 'abandoned'] }, 'bf'],
    ['an owner and no status', { owner: 'u1', status: [] }, ''],
    ['an unknown owner', { owner: 'unknown' }, ''],
    ['a limit', { limit: 2 }, 'ab'],
  ])('where the filter says %s, the latest first', async (_what, request, objects) => {
    expect(await objectsOf(request)).toBe(objects);
  });

  it('gives whole records', async () => {
    const [upload] = (await world.audit.find({ limit: 1 })).uploads;
    expect(upload).toEqual(await world.audit.get(upload!.id));
    expect(upload).toMatchObject({ size: 5, receivedAt: minutesAgo(1), variables: {} });
  });

  it.each<[string, OssUploadPageRequest]>([
    ['all', {}],
    ["an owner's", { owner: 'u1' }],
    ['two statuses', { status: ['completed', 'abandoned'] }],
  ])('leads to the next one until all are seen once: %s', async (_what, filter) => {
    for (const limit of [1, 2, 3]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.audit.find({ ...filter, limit, cursor });
        expect(page.uploads.length).toBeLessThanOrEqual(limit);
        seen.push(...page.uploads.map(({ object }) => object));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.join('')).toBe(await objectsOf(filter));
    }
  });

  it('that holds the last record leads nowhere', async () => {
    expect((await world.audit.find({ limit: 7 })).nextCursor).toBeNull();
    expect((await world.audit.find({ limit: 6 })).nextCursor).toMatch(/^[\w-]{32}$/);
  });
});

describe('records of one moment', () => {
  it('are neither left out nor told twice at the border of pages', async () => {
    const owner = 'one-moment';
    const made = await world.addAll(Array.from({ length: 7 }, () => ({ owner })));
    // a host may have filled the table with microseconds, which a Date does not hold
    await world.dataSource.query(
      `UPDATE oss_uploads SET received_at = received_at + random() * interval '900 microseconds' WHERE owner = $1`,
      [owner],
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await world.audit.find({ owner, limit: 2, cursor });
      seen.push(...page.uploads.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    await world.dataSource.query('DELETE FROM oss_uploads WHERE owner = $1', [owner]);
  });
});

it('is asked for any time that PostgreSQL has', async () => {
  const [from, to] = [new Date('-004712-01-01T00:00:00Z'), new Date(8.64e15)];
  expect(await world.audit.count({ from, to })).toBe(await world.audit.count());
  expect(await world.audit.count({ to: from })).toBe(0);
});

describe('a question that cannot be answered', () => {
  it.each<[string, unknown, string]>([
    [
      'an owner that got lost',
      { owner: undefined },
      '"owner" is undefined, not a string. Leave it',
    ],
    [
      'an owner that is null',
      { owner: null },
      '"owner" is null, not a string. Leave it out to match',
    ],
    ['another field', { ownr: 'u1' }, '"ownr" is not a filter.'],
    ['another status', { status: 'done' }, '"status" is "done", not one of received, completed,'],
    ['another status among good ones', { status: ['failed', 'x'] }, '"status" is "x", not one of'],
    ['another source', { source: 'x' }, '"source" is "x", not one of callback, reconciliation'],
    ['a time that is none', { from: new Date('x') }, '"from" is Invalid Date, not a valid Date.'],
    ['a time as text', { to: '2026-01-01' }, '"to" is "2026-01-01", not a valid Date.'],
    [
      'a time before all',
      { from: new Date(-8.64e15) },
      '"from" is -271821-04-20T00:00:00.000Z, wh',
    ],
    [
      'a NUL',
      { object: 'a\0' },
      '"object" contains a NUL character or a lone surrogate, which no record does.',
    ],
    [
      'a lone surrogate',
      { owner: 'a\ud83d' },
      '"owner" contains a NUL character or a lone surrogate',
    ],
    ['no text', { owner: { toString: 1 } }, '"owner" is an object, not a string.'],
    ['a number for a status', { status: 5 }, '"status" is 5, not one of'],
    ['no status', { status: null }, '"status" is null, not one of'],
    ['a status that is an object', { status: { 0: 'failed' } }, '"status" is an object, not one'],
    ['a source of another type', { source: ['callback'] }, '"source" is a list, not one of'],
    ['a time that is an object', { from: { toString: 1 } }, '"from" is an object, not a valid'],
    ['a limit that is an object', { limit: { toString: 1 } }, '"limit" is an object, not a whole'],
    ['no limit', { limit: null }, '"limit" is null, not a whole number'],
    ['a limit of none', { limit: 0 }, '"limit" is 0, not a whole number from 1 to 1000.'],
    ['a limit too large', { limit: 1_001 }, '"limit" is 1001, not a whole number'],
    ['half a record', { limit: 1.5 }, '"limit" is 1.5, not a whole number'],
    ['a cursor that is none', { cursor: 'next' }, '"cursor" is not the nextCursor of a page.'],
    ['an empty cursor', { cursor: '' }, '"cursor" is not the nextCursor of a page.'],
    ['a cursor of no time', { cursor: '_'.repeat(32) }, '"cursor" is not the nextCursor of a page'],
    ['a cursor with more', { cursor: 'A'.repeat(36) }, '"cursor" is not the nextCursor of a page'],
  ])('is refused: %s', async (_what, request, message) => {
    await expect(world.audit.find(request as OssUploadPageRequest)).rejects.toMatchObject({
      code: 'INVALID_FILTER',
      status: 400,
      message: expect.stringContaining(`OssUploadAudit: ${message}`),
    });
  });
});

describe('a count', () => {
  it('is exact, and stops where it is told to', async () => {
    expect(await world.audit.count()).toBe(7);
    expect(await world.audit.count({ owner: 'u1', status: ['failed', 'completed'] })).toBe(3);
    expect(await world.audit.count({ status: [] })).toBe(0);
    expect(await world.audit.count({}, { atMost: 3 })).toBe(3);
    expect(await world.audit.count({}, { atMost: 100 })).toBe(7);
    await expect(world.audit.count({}, { atMost: 0 })).rejects.toMatchObject({
      code: 'INVALID_FILTER',
    });
  });
});

describe('the tickets', () => {
  it('that are ambiguous are listed, page by page', async () => {
    for (const minutes of [1, 2, 3]) {
      const expiresAt = minutesAgo(minutes);
      await world.addTicket({ object: `t${minutes}`, owner: 'u1', status: 'ambiguous', expiresAt });
    }
    await world.addTicket({ object: 'open' });
    const first = await world.audit.tickets({ limit: 2 });
    expect(first.tickets.map(({ object }) => object)).toEqual(['t1', 't2']);
    const second = await world.audit.tickets({ limit: 2, cursor: first.nextCursor! });
    expect(second.tickets).toMatchObject([
      { object: 't3', status: 'ambiguous', expiresAt: minutesAgo(3), minSizeBytes: 0 },
    ]);
    expect(second.nextCursor).toBeNull();
    expect((await world.audit.tickets({ status: 'open' })).tickets).toHaveLength(1);
    expect((await world.audit.tickets({ owner: 'u1', object: 't2' })).tickets).toHaveLength(1);
    expect((await world.audit.tickets({ owner: 'u2' })).tickets).toEqual([]);
    await expect(world.audit.tickets({ status: 'x' as 'open' })).rejects.toMatchObject({
      code: 'INVALID_FILTER',
    });
  });
});
