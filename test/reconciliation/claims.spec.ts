import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OverdueTickets } from '../../src/reconciliation/overdue-tickets.js';
import { openDataSource } from '../support/app-module.js';
import { useDatabase } from '../support/test-app.js';

describe('overdue tickets among many that are not', () => {
  const database = useDatabase();
  let dataSource: DataSource;

  beforeAll(async () => {
    dataSource = await openDataSource(database.url);
    // every hundredth is overdue
    await dataSource.query(`
      INSERT INTO oss_upload_tickets (id, bucket, object, variables, min_size_bytes, content_types, operation,
        upload_id_pinned, status, created_at, expires_at, accept_until, next_lookup_at)
      SELECT gen_random_uuid(), 'uploads', i::text, '{}', 0, '[]', 'PutObject', true, 'open', now(),
        now() - interval '1 hour', now() + interval '1 day',
        now() + (CASE WHEN i % 100 = 0 THEN -1 ELSE 1 END) * i * interval '1 second'
      FROM generate_series(1, 20000) AS i`);
    await dataSource.query('ANALYZE oss_upload_tickets');
  });
  afterAll(() => dataSource.destroy());

  it('are found without a look at the others', async () => {
    const plans: string[] = [];
    const explaining = Object.create(dataSource) as DataSource;
    explaining.createQueryRunner = (mode) => {
      const runner = dataSource.createQueryRunner(mode);
      const query = runner.query.bind(runner) as (sql: string, values?: unknown[]) => unknown;
      runner.query = async (sql: string, values?: unknown[]) => {
        const rows = (await query(`EXPLAIN ${sql}`, values)) as { 'QUERY PLAN': string }[];
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return query(sql, values) as never;
      };
      return runner;
    };
    const tickets = new OverdueTickets(explaining);
    const search = { buckets: ['uploads'], forgottenBefore: new Date(0) };
    const found = await tickets.findOverdue(search, 8);
    const leased = [];
    for (const { id } of found) leased.push(await tickets.lease(search, id));
    expect(leased.map((ticket) => Number(ticket?.object))).toEqual(
      Array.from({ length: 8 }, (_, index) => 20_000 - index * 100),
    );
    const [finding, leasing] = plans;
    expect(finding).toMatch(/Index Cond: .*next_lookup_at <= now/);
    expect(leasing).toMatch(/Index Cond: .*id = ANY/);
  });
});
