import type { Client } from 'pg';
import { withinTime } from './within-time.js';

export interface Rejection {
  code: string;
  reason: string;
  path: string;
}

export interface DatabaseNames {
  /** Default: the search path of the connection. */
  schema: string | undefined;
  /** TypeORM's `entityPrefix`. */
  tablePrefix: string;
  /** TypeORM's `migrationsTableName`. */
  migrationsTable: string;
}

/** The app writes refusals off the request's path: they may come a moment later. */
const LOOKS = 5;
const PAUSE_MS = 100;

/** The app's database, over one connection that only reads. */
export class DoctorDatabase {
  private constructor(
    private readonly client: Client,
    private readonly names: DatabaseNames,
  ) {}

  /** @throws Error of the driver, or where the time is over */
  static async connect(
    url: string,
    names: DatabaseNames,
    timeoutMs: number,
  ): Promise<DoctorDatabase> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      application_name: 'oss-callback doctor',
    });
    // A connection that breaks later fails the next query; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await withinTime(client.connect(), timeoutMs);
      await client.query('SET default_transaction_read_only = on');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    return new DoctorDatabase(client, names);
  }

  async end(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  /** The table's name with prefix, as people write it. */
  nameOf(table: string): string {
    const { schema, tablePrefix } = this.names;
    return `${schema === undefined ? '' : `${schema}.`}${tablePrefix}${table}`;
  }

  async hasTable(table: string): Promise<boolean> {
    return this.exists(this.quotedName(`${this.names.tablePrefix}${table}`));
  }

  /** @returns nothing where the migrations table does not exist */
  async executedMigrations(): Promise<string[] | undefined> {
    const table = this.quotedName(this.names.migrationsTable);
    if (!(await this.exists(table))) return undefined;
    const { rows } = await this.client.query<{ name: string }>(`SELECT name FROM ${table}`);
    return rows.map(({ name }) => name);
  }

  /** The refusal of a body, where the app notes it in the next moment; failures count as none. */
  findRejectionByDigest(digest: string): Promise<Rejection | undefined> {
    return this.findRejection('body_digest = $1', [digest]);
  }

  /** The refusal of an upload; where the app could not read its ticket, the one of a signed callback since then. */
  findRejectionOfUpload(uploadId: string, since: Date): Promise<Rejection | undefined> {
    return this.findRejection(
      'upload_id = $1 OR (upload_id IS NULL AND signed AND rejected_at >= $2)',
      [uploadId, since],
    );
  }

  async findUploadStatus(uploadId: string): Promise<string | undefined> {
    const table = this.quotedName(`${this.names.tablePrefix}oss_uploads`);
    const { rows } = await this.client
      .query<{ status: string }>(`SELECT status FROM ${table} WHERE id = $1`, [uploadId])
      .catch(() => ({ rows: [] }));
    return rows[0]?.status;
  }

  private async findRejection(
    condition: string,
    values: unknown[],
  ): Promise<Rejection | undefined> {
    const table = this.quotedName(`${this.names.tablePrefix}oss_callback_rejections`);
    try {
      for (let look = 1; look <= LOOKS; look += 1) {
        // The newest alone: the table has no index on these columns.
        const { rows } = await this.client.query<Rejection>(
          `SELECT code, reason, path
             FROM (SELECT * FROM ${table} ORDER BY rejected_at DESC LIMIT 1000) newest
            WHERE ${condition} ORDER BY rejected_at DESC LIMIT 1`,
          values,
        );
        if (rows[0]) return rows[0];
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } catch {
      // missing tables are told by the check of the database
    }
    return undefined;
  }

  private async exists(quotedName: string): Promise<boolean> {
    const { rows } = await this.client.query<{ table: string | null }>(
      'SELECT to_regclass($1)::text AS "table"',
      [quotedName],
    );
    return rows[0]?.table != null;
  }

  private quotedName(table: string): string {
    return [this.names.schema, table]
      .filter((part) => part !== undefined)
      .map((part) => `"${part.replaceAll('"', '""')}"`)
      .join('.');
  }
}
