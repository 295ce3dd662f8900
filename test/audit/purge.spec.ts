import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  OssUpload,
  OssUploadAudit,
  type OssUploadPurge,
  type OssUploadStatus,
  OssUploadTicket,
} from '../../src/index.js';
import { createAuditWorld, minutesAgo, noDecisions } from './audit-world.js';
import { openDataSource } from '../support/app-module.js';
import { useWorld } from '../support/test-app.js';

const world = useWorld(createAuditWorld, beforeEach);

const HOUR_MS = 3_600_000;
const before = minutesAgo(0);
const old = minutesAgo(10);
const fromNow = (hours: number) => new Date(Date.now() + hours * HOUR_MS);

async function purged(purge: OssUploadPurge): Promise<number> {
  const { deleted, refused } = await world.audit.purge(purge);
  expect(refused).toBe(0);
  return deleted;
}

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
    expect(await purged({ before })).toBe(3);
    expect(await leftObjects()).toEqual(['failed', 'received', 'young']);
  });

  it('takes the statuses that it is told', async () => {
    await world.addAll([
      { object: 'completed', receivedAt: old },
      { object: 'rejected', status: 'rejected', receivedAt: old },
      { object: 'abandoned', status: 'abandoned', receivedAt: old },
    ]);
    expect(await purged({ before, status: 'rejected' })).toBe(1);
    expect(await leftObjects()).toEqual(['abandoned', 'completed']);
    expect(await purged({ before, status: ['abandoned', 'completed'] })).toBe(2);
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
    expect(await purged({ before })).toBe(1);
    expect(await leftObjects()).toEqual(['just over', 'later']);
    const tickets = await world.dataSource.manager.find(OssUploadTicket);
    expect(new Set(tickets.map(({ id }) => id))).toEqual(
      new Set([later.id, justOver.id, unused.id]),
    );
  });

  it('keeps a record without a ticket, which anyone may report again, unless told', async () => {
    await world.add({ object: 'unticketed', ticketed: false, receivedAt: old });
    expect(await purged({ before })).toBe(0);
    expect(await purged({ before, includeUnticketed: true })).toBe(1);
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
    expect(await purged({ before, batch: 3, status: 'completed' })).toBe(15);
    expect(statements).toHaveLength(7);
    expect(await leftObjects()).toEqual(['kept']);
  });

  it('skips locked records, and does not wait for them', async () => {
    const [locked] = await world.addAll([
      { object: 'locked', receivedAt: old },
      { object: 'free', receivedAt: old },
    ]);
    await world.dataSource.transaction(async (manager) => {
      await manager.query('SELECT FROM oss_uploads WHERE id = $1 FOR UPDATE', [locked!.id]);
      expect(await purged({ before })).toBe(1);
    });
    expect(await leftObjects()).toEqual(['locked']);
  });

  it('may run in many processes at once', async () => {
    await world.addAll(Array.from({ length: 200 }, (_, n) => ({ receivedAt: minutesAgo(n + 1) })));
    const runs = Array.from({ length: 4 }, () => purged({ before, batch: 10 }));
    const deleted = await Promise.all(runs);
    expect(deleted.reduce((sum, each) => sum + each, 0)).toBe(200);
  });

  it('keeps and counts what tables of the app reference, in one statement for a batch', async () => {
    const { dataSource, audit } = world;
    await dataSource.query(`
      CREATE SCHEMA "Shop";
      CREATE TABLE "Shop"."Avatars" ("uploadId" uuid REFERENCES oss_uploads (id));
      CREATE TABLE imports (identity text REFERENCES oss_uploads (identity) ON DELETE RESTRICT);
      CREATE TABLE previews (upload_id uuid REFERENCES oss_uploads (id) ON DELETE CASCADE)`);
    const [avatar, imported, preview, young] = await world.addAll([
      { object: 'avatar', receivedAt: old },
      { object: 'imported', receivedAt: old },
      { object: 'preview', receivedAt: old },
      { object: 'young', receivedAt: before },
      { object: 'free', receivedAt: old },
    ]);
    await dataSource.query('INSERT INTO "Shop"."Avatars" VALUES ($1), ($2)', [
      avatar!.id,
      young!.id,
    ]);
    await dataSource.query('INSERT INTO imports VALUES ($1)', [imported!.identity]);
    await dataSource.query('INSERT INTO previews VALUES ($1)', [preview!.id]);
    const query = vi.spyOn(dataSource, 'query');
    expect(await audit.purge({ before, status: 'completed' })).toEqual({ deleted: 2, refused: 2 });
    expect(query).toHaveBeenCalledTimes(2);
    query.mockRestore();
    expect(await leftObjects()).toEqual(['avatar', 'imported', 'young']);
  });

  it('keeps and counts what a table references that its role may not read', async () => {
    const { dataSource, url } = world;
    const role = `app_${Date.now()}_${process.pid}`;
    await dataSource.query(`CREATE ROLE ${role}; GRANT SELECT, UPDATE, DELETE ON oss_uploads, oss_upload_tickets TO ${role};
      CREATE TABLE avatars (upload_id uuid REFERENCES oss_uploads (id))`);
    const asApp = await openDataSource(url, { extra: { options: `-c role=${role}` } });
    try {
      const uploads = await world.addAll(Array.from({ length: 9 }, () => ({ receivedAt: old })));
      await dataSource.query('INSERT INTO avatars VALUES ($1)', [uploads[4]!.id]);
      const purge = new OssUploadAudit(asApp, noDecisions).purge({ before });
      expect(await purge).toEqual({ deleted: 8, refused: 1 });
    } finally {
      await asApp.destroy();
      await dataSource.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('says what could not be done where the database is not there', async () => {
    await world.dataSource.query('ALTER TABLE oss_uploads RENAME TO elsewhere');
    await expect(world.audit.purge({ before })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: 'Old records could not be deleted.',
      hint: expect.stringContaining('oss_uploads') as string,
    });
  });

  it('ends when it is told to', async () => {
    await world.add({ receivedAt: old });
    expect(await purged({ before, signal: AbortSignal.abort() })).toBe(0);
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
