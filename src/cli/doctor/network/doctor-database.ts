import type { Client } from 'pg';
import { withinTime } from '../../../common/within-time.js';

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

/** The app records rejections after it has responded, so they may appear a little later. */
const MAX_QUERIES = 5;
const PAUSE_MS = 100;

/** The app's database, over one read-only connection. */
export class DoctorDatabase {
  private constructor(
    private readonly client: Client,
    private readonly names: DatabaseNames,
  ) {}

  /** @throws Error of the driver, or after `timeoutMs` */
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
    // A broken connection fails the next query. Without a listener the event would end the process.
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

  /** The table's name with schema and prefix, for messages. */
  nameOf(table: string): string {
    const { schema, tablePrefix } = this.names;
    return `${schema === undefined ? '' : `${schema}.`}${tablePrefix}${table}`;
  }

  async hasTable(table: string): Promise<boolean> {
    return this.exists(this.quotedName(`${this.names.tablePrefix}${table}`));
  }

  /** @returns nothing if the migrations table does not exist */
  async executedMigrations(): Promise<string[] | undefined> {
    const table = this.quotedName(this.names.migrationsTable);
    if (!(await this.exists(table))) return undefined;
    const { rows } = await this.client.query<{ name: string }>(`SELECT name FROM ${table}`);
    return rows.map(({ name }) => name);
  }

  /** The rejection of a body, if the app records it within half a second. Errors count as none. */
  findRejectionByDigest(digest: string): Promise<Rejection | undefined> {
    return this.findRejection('body_digest = $1', [digest]);
  }

  /** The rejection of an upload, or of a signed callback since then whose ticket the app could not read. */
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
      for (let query = 1; query <= MAX_QUERIES; query += 1) {
        // Only the newest: the table has no index on these columns.
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
      // checkDatabase reports missing tables
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
