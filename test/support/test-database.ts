import { randomBytes } from 'node:crypto';
import { type Client, Pool } from 'pg';
import { inject } from 'vitest';
import { onServer } from './server-connection.js';

/** An empty or migrated database for one test or test file alone. */
export interface TestDatabase {
  url: string;
  name: string;
  /** Drops it, along with the connections that are still open. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * Brings an empty database to the state that tests start from. It runs once per run and `template`,
   * the first to come, and has closed its connections when it resolves.
   */
  migrate?: (url: string) => Promise<void>;
  /** Tells databases that are migrated differently apart. Default: `default`. */
  template?: string;
}

/** To the server, for all databases that this process creates and drops; they do not keep it running. */
let server: Pool | undefined;

/** Of this process, by name: whether they are made is asked once. */
const templates = new Map<string, Promise<void>>();

/** Creates a database; with `migrate`, as a copy of a template, which takes milliseconds. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject('databaseServerUrl');
  const prefix = inject('databasePrefix');
  const pool = (server ??= openPool(serverUrl));
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  let template = 'template1';
  if (options.migrate) {
    template = `${prefix}_template_${options.template ?? 'default'}`;
    await ensureTemplate(serverUrl, template, options.migrate);
  }
  // Copied as files it needs less work than through the log, and first connections find their catalog caches.
  await pool.query(`CREATE DATABASE ${quote(name)} TEMPLATE ${quote(template)} STRATEGY file_copy`);
  return {
    url: databaseUrl(serverUrl, name),
    name,
    drop: async () =>
      void (await pool.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`)),
  };
}

function openPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: 4,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  // A connection that ends while nothing uses it is replaced by the next query.
  return pool.on('error', () => undefined);
}

/** Makes the template once in this process; one that failed is made anew. */
function ensureTemplate(
  serverUrl: string,
  name: string,
  migrate: (url: string) => Promise<void>,
): Promise<void> {
  let made = templates.get(name);
  if (!made) {
    made = makeTemplate(serverUrl, name, migrate);
    made.catch(() => templates.delete(name));
    templates.set(name, made);
  }
  return made;
}

/** Makes it once, however many workers ask for it at the same time. */
function makeTemplate(
  serverUrl: string,
  name: string,
  migrate: (url: string) => Promise<void>,
): Promise<void> {
  const lock = `hashtextextended('nestjs-oss-callback test template ' || $1, 0)`;
  // The lock ends with its connection.
  return onServer(serverUrl, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${lock})`, [name]);
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await buildTemplate(client, serverUrl, name, migrate);
  });
}

/** The template gets its name when it is finished, so a failed migration leaves none behind. */
async function buildTemplate(
  client: Client,
  serverUrl: string,
  name: string,
  migrate: (url: string) => Promise<void>,
): Promise<void> {
  const unfinished = `${name}_unfinished`;
  await client.query(`DROP DATABASE IF EXISTS ${quote(unfinished)} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${quote(unfinished)}`);
  await migrate(databaseUrl(serverUrl, unfinished));
  await client.query(`ALTER DATABASE ${quote(unfinished)} RENAME TO ${quote(name)}`);
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
