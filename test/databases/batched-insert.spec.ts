import { describe, expect, it, onTestFinished } from 'vitest';
import { BatchedInsert } from '../../src/database/batched-insert.js';
import { OssUploadTicket } from '../../src/index.js';
import { makeTicket } from '../audit/audit-world.js';
import { onServer } from '../support/server-connection.js';
import { createMigratedDatabase } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { openDataSource } from '../support/app-module.js';

function ticket(change: Partial<OssUploadTicket> = {}): OssUploadTicket {
  return makeTicket({
    variables: { note: '{"\\', other: 'NULL' },
    maxSizeBytes: 5_000_000_000_000,
    contentTypes: ['image/*', 'text/plain'],
    objectOptions: {},
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    ...change,
  });
}

async function connect(database: TestDatabase, poolSize = 10) {
  const dataSource = await openDataSource(database.url, { poolSize });
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return { dataSource, inserts: new BatchedInsert(dataSource, OssUploadTicket, 'id') };
}

async function open() {
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  return { database, ...(await connect(database)) };
}

describe('rows that are inserted together', () => {
  it('come back as they were written', async () => {
    const { dataSource, inserts } = await open();
    const rows = [
      ticket(),
      ticket({
        object: '{"a",\\ \'b\'} ,NULL\n图',
        owner: '',
        variables: {},
        maxSizeBytes: null,
        contentTypes: [],
      }),
      ticket({ object: 'NULL', owner: 'null' }),
    ];
    expect(await Promise.all(rows.map((row) => inserts.insert(row)))).toEqual([true, true, true]);
    for (const row of rows) {
      expect(await dataSource.manager.findOneBy(OssUploadTicket, { id: row.id })).toEqual(
        Object.assign(new OssUploadTicket(), row),
      );
    }
  });

  it('share statements: those that come while one is under way leave with the next', async () => {
    const { dataSource, inserts } = await open();
    await Promise.all(Array.from({ length: 300 }, () => inserts.insert(ticket())));
    const [row] = (await dataSource.query(
      'SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS statements FROM oss_upload_tickets',
    )) as { rows: number; statements: number }[];
    expect(row!.rows).toBe(300);
    expect(row!.statements).toBeLessThanOrEqual(2);
  });

  it('are told apart: what was there already, and what is there twice', async () => {
    const { inserts } = await open();
    const earlier = ticket();
    await inserts.insert(earlier);
    const twice = ticket();
    const results = await Promise.all(
      [earlier, twice, ticket(), twice].map((row) => inserts.insert(row)),
    );
    expect(results).toEqual([false, true, true, false]);
  });

  it('do not pay for one of them that the database does not take', async () => {
    const { dataSource, inserts } = await open();
    const results = await Promise.allSettled(
      [ticket(), ticket({ object: 'nul\0' }), ticket()].map((row) => inserts.insert(row)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await dataSource.manager.count(OssUploadTicket)).toBe(2);
  });

  it("do not pay for one of them that a trigger of the host's refuses", async () => {
    const { dataSource, inserts } = await open();
    await dataSource.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.object = 'refused' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON oss_upload_tickets FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const results = await Promise.allSettled(
      [ticket(), ticket({ object: 'refused' }), ticket()].map((row) => inserts.insert(row)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('all fail where the database is away, and the next ones do not', async () => {
    const { dataSource, inserts } = await open();
    const rows = [ticket(), ticket()];
    await dataSource.query('ALTER TABLE oss_upload_tickets RENAME TO away');
    const failed = await Promise.allSettled(rows.map((row) => inserts.insert(row)));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await dataSource.query('ALTER TABLE away RENAME TO oss_upload_tickets');
    expect(await Promise.all(rows.map((row) => inserts.insert(row)))).toEqual([true, true]);
  });

  it('do without a prepared statement behind a pooler that loses it', async () => {
    const { database } = await open();
    const { dataSource, inserts } = await connect(database, 1);
    await inserts.insert(ticket());
    // as a pooler does that gives the next statement to another of its connections
    await dataSource.query('DEALLOCATE ALL');
    expect(await inserts.insert(ticket())).toBe(true);
    expect(await inserts.insert(ticket())).toBe(true);
  });

  it('never wait in a circle with those of another process', async () => {
    const { database, dataSource, inserts } = await open();
    const other = await connect(database);
    for (let round = 0; round < 10; round += 1) {
      const rows = Array.from({ length: 400 }, () => ticket());
      const here = Promise.all(rows.map((row) => inserts.insert(row)));
      const there = Promise.all(rows.toReversed().map((row) => other.inserts.insert(row)));
      const news = [...(await here), ...(await there)].filter(Boolean);
      expect(news).toHaveLength(400);
    }
    // Backends tell what they counted when they end.
    await dataSource.destroy();
    await other.dataSource.destroy();
    const [row] = await onServer(database.url, async (client) => {
      const { rows } = await client.query<{ deadlocks: string }>(
        'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
      );
      return rows;
    });
    expect(Number(row!.deadlocks)).toBe(0);
  });
});
