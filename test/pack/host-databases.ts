import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { onServer } from '../support/server-connection.js';

export interface HostDatabase {
  url: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** A PostgreSQL with a database for each app. */
export interface HostDatabases {
  create(): Promise<HostDatabase>;
  stop(): Promise<void>;
}

export async function startHostDatabases(): Promise<HostDatabases> {
  const server = await startEmbeddedPostgres();
  return {
    stop: () => server.stop(),
    create: async () => {
      const name = `pack_${randomBytes(6).toString('hex')}`;
      await query(server.url, `CREATE DATABASE ${name}`);
      const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
      return {
        url,
        query: (sql) => query(url, sql),
        drop: async () => void (await query(server.url, `DROP DATABASE ${name} WITH (FORCE)`)),
      };
    },
  };
}

function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return onServer(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}
