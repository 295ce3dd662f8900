import { Client, DatabaseError } from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

const READY_TIMEOUT_MS = 60_000;
const PAUSE_MS = 15;

/** Resolves once the server answers a query; rejects once it has ended, or takes too long. */
export async function waitUntilReady(
  url: string,
  server: { readonly hasEnded: boolean; log(): string },
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await query(url, 'SELECT 1');
      return;
    } catch (error) {
      if (server.hasEnded) throw EmbeddedPostgresError.failed('starting the server', server.log());
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

/** Creates a database unless it exists. */
export async function createDatabase(url: string, name: string): Promise<void> {
  try {
    await query(url, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  } catch (error) {
    const exists = '42P04';
    if (!(error instanceof DatabaseError && error.code === exists)) throw error;
  }
}

async function query(url: string, sql: string): Promise<void> {
  // Explicitly without TLS: PGSSLMODE may say otherwise, for another server.
  const client = new Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // a connection cut while waiting; the query rejects as well
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}
