import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { ossCallbackEntities, runOssCallbackMigrations } from '../../../src/index.js';
import { startEmbeddedPostgres } from '../../../tools/embedded-postgres/index.js';
import type { Records } from '../check-records.js';
import { HANDLED_TABLE } from '../world.js';

const DATABASE = 'bench';

/** A durable PostgreSQL of its own, with this package's tables and the handlers' table. */
export class BenchDatabase {
  private constructor(
    readonly url: string,
    /** Of the server. */
    readonly pid: number,
    /** As the server tells it. */
    readonly version: string,
    private readonly client: Client,
    private readonly stopServer: () => Promise<void>,
  ) {}

  static async start(): Promise<BenchDatabase> {
    const server = await startEmbeddedPostgres({
      durable: true,
      database: DATABASE,
      // All contenders stay connected; none is to pay for a checkpoint of another.
      postgresOptions: { max_connections: '400', max_wal_size: '4GB', checkpoint_timeout: '30min' },
    });
    const dataSource = new DataSource({
      type: 'postgres',
      url: server.url,
      entities: ossCallbackEntities,
    });
    await dataSource.initialize();
    await runOssCallbackMigrations(dataSource);
    await dataSource.destroy();
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(
      `CREATE TABLE ${HANDLED_TABLE} (upload_id uuid PRIMARY KEY, owner text NOT NULL)`,
    );
    const { rows } = await client.query<{ pid: string; version: string }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid,
        current_setting('server_version') AS version`,
    );
    const { pid, version } = rows[0]!;
    return new BenchDatabase(server.url, Number(pid), version, client, () => server.stop());
  }

  /** Every run begins with empty tables and nothing left to write. */
  async empty(): Promise<void> {
    await this.client.query(`TRUNCATE oss_uploads, ${HANDLED_TABLE}`);
    await this.client.query('CHECKPOINT');
  }

  /** How many uploads are completed, and how many a handler has noted. */
  async count(): Promise<Records> {
    const { rows } = await this.client.query<Records>(
      `SELECT (SELECT count(*) FROM oss_uploads WHERE status = 'completed')::int AS completed,
        (SELECT count(*) FROM ${HANDLED_TABLE})::int AS handled`,
    );
    return rows[0]!;
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.stopServer();
  }
}
