import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
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

/** Creates a database; with `migrate`, as a copy of a template, which takes milliseconds. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject('databaseServerUrl');
  const prefix = inject('databasePrefix');
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, async (client) => {
    const template = options.migrate
      ? await ensureTemplate(client, serverUrl, {
          name: `${prefix}_template_${options.template ?? 'default'}`,
          migrate: options.migrate,
        })
      : 'template1';
    // Copied as files it needs less work than through the log, and first connections find their catalog caches.
    await client.query(
      `CREATE DATABASE ${quote(name)} TEMPLATE ${quote(template)} STRATEGY file_copy`,
    );
  });
  return {
    url: databaseUrl(serverUrl, name),
    name,
    drop: () =>
      onServer(serverUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`);
      }),
  };
}

/** Makes the template once, however many workers ask for it at the same time. */
async function ensureTemplate(
  client: Client,
  serverUrl: string,
  { name, migrate }: { name: string; migrate: (url: string) => Promise<void> },
): Promise<string> {
  const lock = `hashtextextended('nestjs-oss-callback test template ' || $1, 0)`;
  await client.query(`SELECT pg_advisory_lock(${lock})`, [name]);
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await buildTemplate(client, serverUrl, name, migrate);
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${lock})`, [name]);
  }
  return name;
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
