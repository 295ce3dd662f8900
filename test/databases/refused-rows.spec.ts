import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OssCallbackRejection, ossCallbackEntities } from '../../src/index.js';
import { OverdueTickets } from '../../src/reconciliation/overdue-tickets.js';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import { RejectionRetention } from '../../src/rejections/rejection-retention.js';
import { type AuditWorld, createAuditWorld, minutesAgo } from '../audit/audit-world.js';
import { facts, insertRows, SIGNED } from '../rejections/rejection-rows.js';

/** Enough that the row at fault is far from alone. */
const OTHERS = 20;

describe('one row that the database refuses to change', () => {
  let world: AuditWorld;
  let lines: string[];

  beforeEach(async () => {
    world = await createAuditWorld();
    lines = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => {
      lines.push(String(line));
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await world.stop();
  });

  /** As an app may: its trigger raises for one row. */
  const refuse = (action: string, table: string, condition: string) =>
    world.dataSource.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the app needs this row'; END $$;
      CREATE TRIGGER refuse BEFORE ${action} ON ${table} FOR EACH ROW WHEN (${condition})
        EXECUTE FUNCTION refuse()`);
  const countOf = async (table: string, condition = 'true') => {
    const [row] = await world.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`,
    );
    return row!.count;
  };

  it('does not keep others from being purged', async () => {
    const uploads = await world.addAll(
      Array.from({ length: OTHERS + 1 }, (_, index) => ({ receivedAt: minutesAgo(60 - index) })),
    );
    const { id } = uploads[7]!;
    await refuse('DELETE', 'oss_uploads', `OLD.id = '${id}'`);
    expect(await world.audit.purge({ before: minutesAgo(0), batch: 8 })).toEqual({
      deleted: OTHERS,
      refused: 1,
    });
    expect(await world.audit.get(id)).not.toBeNull();
    expect(lines).toEqual([expect.stringContaining(`the upload ${id}: `)]);
    expect(lines[0]).toContain('needs this row');
  });

  it('does not keep tickets of completed uploads from being closed', async () => {
    const overdue = { nextLookupAt: minutesAgo(0) };
    for (let index = 0; index <= OTHERS; index += 1) {
      const { id } = await world.addTicket({ ...overdue, owner: index === 7 ? 'bad' : 'good' });
      await world.add({ id });
    }
    await refuse('UPDATE', 'oss_upload_tickets', `NEW.owner = 'bad'`);
    const tickets = new OverdueTickets(world.dataSource);
    expect(await tickets.closeCompleted()).toBe(OTHERS);
    expect(await countOf('oss_upload_tickets', `status = 'open'`)).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/the ticket [-0-9a-f]+: .*needs this row/)]);
    // for a while it is left alone
    expect(await tickets.closeCompleted()).toBe(0);
    expect(lines).toHaveLength(1);
  });

  it('does not keep old tickets from being deleted', async () => {
    const old = { createdAt: minutesAgo(600), status: 'expired' as const };
    for (let index = 0; index <= OTHERS; index += 1) {
      await world.addTicket({ ...old, owner: index === 7 ? 'bad' : 'good' });
    }
    await refuse('DELETE', 'oss_upload_tickets', `OLD.owner = 'bad'`);
    expect(await new OverdueTickets(world.dataSource).deleteClosed(minutesAgo(0))).toBe(OTHERS);
    expect(await countOf('oss_upload_tickets')).toBe(1);
  });

  it('is not looked for where all rows are refused', async () => {
    const { dataSource } = world;
    await dataSource.query(`
      INSERT INTO oss_upload_tickets (id, bucket, object, variables, min_size_bytes, content_types, operation,
        upload_id_pinned, status, created_at, expires_at, accept_until)
      SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'uploads', i::text, '{}', 0, '[]', 'PutObject',
        true, 'expired', now(), now(), now() - interval '1 hour'
      FROM generate_series(1, 1500) AS i`);
    await refuse('DELETE', 'oss_upload_tickets', 'true');
    const query = vi.spyOn(Client.prototype, 'query');
    expect(await new OverdueTickets(dataSource).deleteClosed(new Date())).toBe(0);
    expect(query.mock.calls.length).toBeLessThan(300);
  });

  it('does not keep refused callbacks from being deleted', async () => {
    const { dataSource } = world;
    await insertRows(dataSource, OTHERS, { signed: true, secondsAgo: 7_200 });
    await dataSource.query(
      `UPDATE oss_callback_rejections SET reason = 'kept'
      WHERE id = (SELECT id FROM oss_callback_rejections ORDER BY id LIMIT 1 OFFSET 7)`,
    );
    await refuse('DELETE', 'oss_callback_rejections', `OLD.reason = 'kept'`);
    const rejections = { keepForSeconds: 3_600, maxRows: 100_000 };
    const retention = new RejectionRetention(dataSource, { rejections });
    expect(await retention.deleteExpired(1_000)).toBe(OTHERS - 1);
    expect(await countOf('oss_callback_rejections')).toBe(1);
  });

  it('does not keep the refused callbacks of its batch off the record', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { dataSource } = world;
    await refuse('INSERT', 'oss_callback_rejections', `NEW.reason = 'bad'`);
    const rejections = { keepForSeconds: 3_600, maxRows: 100_000 };
    const recorder = new RejectionRecorder(
      dataSource,
      new RejectionRetention(dataSource, { rejections }),
    );
    for (let index = 0; index <= OTHERS; index += 1) {
      recorder.add(SIGNED, () => facts({ reason: index === 7 ? 'bad' : 'good' }));
    }
    await recorder.flush();
    expect(await dataSource.manager.count(OssCallbackRejection)).toBe(OTHERS);
    expect(recorder.dropped).toBe(1);
  });

  it('is told apart where row-level security refuses it, and not where the right is missing', async () => {
    const { dataSource, url } = world;
    const role = `app_${Date.now()}_${process.pid}`;
    await dataSource.query(`CREATE ROLE ${role}`);
    const asApp = new DataSource({
      type: 'postgres',
      url,
      entities: ossCallbackEntities,
      extra: { options: `-c role=${role}` },
    });
    try {
      await dataSource.query(`
        GRANT SELECT, UPDATE ON oss_uploads, oss_upload_tickets TO ${role};
        ALTER TABLE oss_upload_tickets ENABLE ROW LEVEL SECURITY;
        CREATE POLICY app ON oss_upload_tickets USING (true) WITH CHECK (owner = 'good')`);
      for (const owner of ['good', 'bad', 'good']) {
        const { id } = await world.addTicket({ owner, nextLookupAt: minutesAgo(0) });
        await world.add({ id });
      }
      await asApp.initialize();
      const tickets = new OverdueTickets(asApp);
      expect(await tickets.closeCompleted()).toBe(2);
      expect(lines).toEqual([expect.stringContaining('row-level security')]);
      await dataSource.query(
        `UPDATE oss_upload_tickets SET status = 'open', next_lookup_at = now()`,
      );
      await dataSource.query(`REVOKE UPDATE ON oss_upload_tickets FROM ${role}`);
      await expect(tickets.closeCompleted()).rejects.toThrow('permission denied');
      expect(lines).toHaveLength(1);
    } finally {
      if (asApp.isInitialized) await asApp.destroy();
      await dataSource.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
