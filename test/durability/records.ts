import { Client } from 'pg';

/** What stands in the database of a run. */
export class Records {
  constructor(private readonly databaseUrl: string) {}

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.databaseUrl });
    // the server may be killed at any time; then the query rejects
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** The table in which handlers leave what they did; nothing in it keeps them from doing it twice. */
  async createEffects(): Promise<void> {
    await this.query('CREATE TABLE effects (upload_id uuid, handler text, attempt int)');
  }

  /** Which of these uploads have no row. */
  async withoutRow(uploadIds: readonly string[]): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      'SELECT id FROM unnest($1::uuid[]) id WHERE id NOT IN (SELECT id FROM oss_uploads)',
      [uploadIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Rows by their status. */
  async statuses(): Promise<Record<string, number>> {
    const rows = await this.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int count FROM oss_uploads GROUP BY status',
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** Lets time pass: leases and pauses are over, tickets have expired, as far as they matter to the reconciliation. */
  async letTimePass(): Promise<void> {
    await this.query(
      `UPDATE oss_uploads SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL`,
    );
    await this.query(
      `UPDATE oss_upload_tickets SET next_lookup_at = now(), expires_at = least(expires_at, now())
       WHERE status = 'open'`,
    );
  }

  /** How many uploads are neither completed nor given up, and how many tickets are open without a report. */
  async outstanding(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      `SELECT (SELECT count(*) FROM oss_uploads WHERE status IN ('received', 'failed'))::int
            + (SELECT count(*) FROM oss_upload_tickets ticket WHERE status = 'open'
               AND NOT EXISTS (
                 SELECT FROM oss_uploads upload WHERE upload.id = ticket.id AND upload.status = 'abandoned'
               ))::int count`,
    );
    return row!.count;
  }

  /** Completed uploads without exactly one effect of each handler, and others that have any. */
  async wrongEffects(handlers: readonly string[]): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT coalesce(upload.id, effect.upload_id) id
       FROM oss_uploads upload
       FULL JOIN (
         SELECT upload_id, array_agg(handler ORDER BY handler) handlers FROM effects GROUP BY upload_id
       ) effect ON effect.upload_id = upload.id
       WHERE coalesce(effect.handlers, '{}')
         <> CASE WHEN upload.status = 'completed' THEN $1::text[] ELSE '{}' END`,
      [handlers],
    );
    return rows.map(({ id }) => id);
  }

  async deadlocks(): Promise<number> {
    const [row] = await this.query<{ deadlocks: number }>(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    return row!.deadlocks;
  }
}
