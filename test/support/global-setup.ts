import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { keepTemporaryFilesInMemory } from './memory-folder.js';
import { onServer } from './server-connection.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL whose user may create databases. */
    databaseServerUrl: string;
    /** How the names of this run's databases begin. */
    databasePrefix: string;
  }
}

/**
 * One PostgreSQL for the whole run: the one that DATABASE_URL names, else an embedded one. Returns
 * what vitest is to call at the end.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const removeTemporaryFiles = keepTemporaryFilesInMemory();
  const prefix = `test_${randomBytes(4).toString('hex')}`;
  const server = process.env.DATABASE_URL
    ? {
        url: process.env.DATABASE_URL,
        stop: () => dropDatabases(process.env.DATABASE_URL!, prefix),
      }
    : await startEmbeddedPostgres({
        // Each test file has pools of its own, and several run at once.
        postgresOptions: { max_connections: '300' },
      });
  project.provide('databaseServerUrl', server.url);
  project.provide('databasePrefix', prefix);
  return async () => {
    await server.stop();
    removeTemporaryFiles();
  };
}

/** A server that is not ours is left as it was found. */
async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of rows) {
      await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
    }
  });
}
