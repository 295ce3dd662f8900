import { beforeEach, describe, expect, it } from 'vitest';
import { OssUpload, type OssUploadStatus, OssUploadTicket } from '../../src/index.js';
import { createAuditWorld, minutesAgo } from './audit-world.js';
import { useWorld } from '../support/test-app.js';

const world = useWorld(createAuditWorld, beforeEach);

const HOUR_MS = 3_600_000;
const before = minutesAgo(0);
const old = minutesAgo(10);
const fromNow = (hours: number) => new Date(Date.now() + hours * HOUR_MS);

async function leftObjects(): Promise<string[]> {
  const rows = await world.dataSource.manager.find(OssUpload, { order: { object: 'ASC' } });
  return rows.map(({ object }) => object);
}

describe('a purge', () => {
  it('deletes what is old and over, and nothing else', async () => {
    const statuses: OssUploadStatus[] = [
      'received',
      'completed',
      'failed',
      'abandoned',
      'rejected',
    ];
    await world.addAll(statuses.map((status) => ({ status, object: status, receivedAt: old })));
    await world.add({ object: 'young', receivedAt: before });
    expect(await world.audit.purge({ before })).toBe(3);
    expect(await leftObjects()).toEqual(['failed', 'received', 'young']);
  });

  it('takes the statuses that it is told', async () => {
    await world.addAll([
      { object: 'completed', receivedAt: old },
      { object: 'rejected', status: 'rejected', receivedAt: old },
      { object: 'abandoned', status: 'abandoned', receivedAt: old },
    ]);
    expect(await world.audit.purge({ before, status: 'rejected' })).toBe(1);
    expect(await leftObjects()).toEqual(['abandoned', 'completed']);
    expect(await world.audit.purge({ before, status: ['abandoned', 'completed'] })).toBe(2);
  });

  it('keeps a record whose ticket may still be reported, and takes others with their tickets', async () => {
    const later = await world.addTicket({ acceptUntil: fromNow(1) });
    const justOver = await world.addTicket({ acceptUntil: fromNow(-0.9) });
    const over = await world.addTicket({ acceptUntil: fromNow(-1.1) });
    const unused = await world.addTicket({ acceptUntil: fromNow(-9) });
    await world.addAll([
      { id: later.id, object: 'later', receivedAt: old },
      { id: justOver.id, object: 'just over', receivedAt: old },
      { id: over.id, object: 'over', receivedAt: old },
    ]);
    expect(await world.audit.purge({ before })).toBe(1);
    expect(await leftObjects()).toEqual(['just over', 'later']);
    const tickets = await world.dataSource.manager.find(OssUploadTicket);
    expect(new Set(tickets.map(({ id }) => id))).toEqual(
      new Set([later.id, justOver.id, unused.id]),
    );
  });

  it('keeps a record without a ticket, which anyone may report again, unless told', async () => {
    await world.add({ object: 'unticketed', ticketed: false, receivedAt: old });
    expect(await world.audit.purge({ before })).toBe(0);
    expect(await world.audit.purge({ before, includeUnticketed: true })).toBe(1);
  });

  it('goes on behind what it must keep, batch by batch', async () => {
    const kept = await world.addTicket({ acceptUntil: fromNow(1) });
    await world.addAll([
      { id: kept.id, object: 'kept', receivedAt: minutesAgo(60) },
      ...Array.from({ length: 10 }, (_, n) => ({ receivedAt: minutesAgo(50 - n) })),
      // of one moment, so that batches end among them
      ...Array.from({ length: 5 }, () => ({ receivedAt: old })),
    ]);
    const statements: string[] = [];
    const { dataSource } = world;
    const query = dataSource.query.bind(dataSource);
    dataSource.query = async (sql: string, ...rest: unknown[]) => {
      statements.push(sql);
      return query(sql, ...(rest as []));
    };
    expect(await world.audit.purge({ before, batch: 3, status: 'completed' })).toBe(15);
    expect(statements).toHaveLength(6);
    expect(await leftObjects()).toEqual(['kept']);
  });

  it('skips locked records, and does not wait for them', async () => {
    const [locked] = await world.addAll([
      { object: 'locked', receivedAt: old },
      { object: 'free', receivedAt: old },
    ]);
    await world.dataSource.transaction(async (manager) => {
      await manager.query('SELECT FROM oss_uploads WHERE id = $1 FOR UPDATE', [locked!.id]);
      expect(await world.audit.purge({ before })).toBe(1);
    });
    expect(await leftObjects()).toEqual(['locked']);
  });

  it('may run in many processes at once', async () => {
    await world.addAll(Array.from({ length: 200 }, (_, n) => ({ receivedAt: minutesAgo(n + 1) })));
    const runs = Array.from({ length: 4 }, () => world.audit.purge({ before, batch: 10 }));
    const deleted = await Promise.all(runs);
    expect(deleted.reduce((sum, each) => sum + each, 0)).toBe(200);
  });

  it('ends when it is told to', async () => {
    await world.add({ receivedAt: old });
    expect(await world.audit.purge({ before, signal: AbortSignal.abort() })).toBe(0);
    expect(await leftObjects()).toHaveLength(1);
  });

  it.each([
    [{}, '"before" is missing.'],
    [{ before: new Date('x') }, '"to" is Invalid Date'],
    [{ before, status: 'received' }, '"status" is "received", not one of completed, rejected,'],
    [{ before, batch: 0 }, '"batch" is 0, not a whole number from 1 to 10000.'],
  ])('refuses %j', async (purge, message) => {
    await world.add({ receivedAt: old, status: 'received' });
    await expect(
      world.audit.purge(purge as Parameters<typeof world.audit.purge>[0]),
    ).rejects.toMatchObject({ code: 'INVALID_FILTER', message: expect.stringContaining(message) });
    expect(await leftObjects()).toHaveLength(1);
  });
});
