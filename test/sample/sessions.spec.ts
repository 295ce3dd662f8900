import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../support/raw-http.js';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { signIn } from './sign-in.js';

const ROUTES = [
  ['POST', '/uploads'],
  ['POST', '/uploads/01900000-0000-7000-8000-000000000000/parts'],
  ['GET', '/uploads/01900000-0000-7000-8000-000000000000'],
  ['GET', '/records'],
  ['GET', '/records/count'],
  ['GET', '/records/export?format=csv'],
  ['GET', '/records/live'],
  ['GET', '/records/01900000-0000-7000-8000-000000000000'],
  ['POST', '/uploads/01900000-0000-7000-8000-000000000000/reconciliation'],
  ['GET', '/files/01900000-0000-7000-8000-000000000000'],
  ['GET', '/local/faults'],
  ['PUT', '/local/faults/drop'],
  ['DELETE', '/local/faults/drop'],
] as const;

interface Authorised {
  uploadId: string;
  fields: Record<string, string>;
}

// These run what the compiler made.
describe('sessions of the sample', () => {
  let folder: string;
  let database: TestDatabase;
  let program: RunningProgram;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oss-callback-sessions-'));
    database = await createTestDatabase();
    const env = { PORT: '0', OSS_LOCAL_PORT: '0', DATABASE_URL: database.url };
    program = runProgram('dist/sample/main.js', [], { cwd: folder, env });
    [, url = ''] = await program.waitFor(/^App +(\S+)/m);
  });
  afterAll(async () => {
    program?.signal('SIGTERM');
    await program?.exited;
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  function ask(method: string, path: string, cookie?: string, body?: unknown): Promise<Response> {
    return fetch(`${url}${path}`, {
      method,
      headers: { ...(cookie ? { cookie } : {}), 'content-type': 'application/json' },
      body:
        method === 'POST'
          ? JSON.stringify(body ?? { file: { name: 'a.txt', size: 1 } })
          : undefined,
    });
  }

  it.each(ROUTES)('%s %s is for those who are signed in', async (method, path) => {
    const session = await signIn(url, 'mallory');
    const [, mac = ''] = /\.([^.]+)$/.exec(session) ?? [];
    const forged = [
      undefined,
      'session=',
      `session=${Buffer.from('alice').toString('base64url')}.9999999999.${mac}`,
      session.replace(/\.\d+\./, '.9999999999.'),
      `${session}A`,
    ];
    for (const cookie of forged) {
      expect((await ask(method, path, cookie)).status, cookie).toBe(401);
    }
  });

  it('the cookie is out of reach of scripts and of other sites', async () => {
    const response = await ask('POST', '/session', undefined, { name: 'alice' });
    expect(response.headers.get('set-cookie')).toMatch(
      /^session=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
  });

  it.each<Record<string, string>>([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    // Another port is the same site, to which browsers send the cookie.
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'none' },
  ])('a page of another origin changes nothing: %j', async (from) => {
    const cookie = await signIn(url, 'alice');
    const changing = [...ROUTES, ['POST', '/session'] as const, ['DELETE', '/session'] as const];
    for (const [method, target] of changing) {
      if (method === 'GET') continue;
      for (const [type, body] of [
        ['application/x-www-form-urlencoded', 'name=mallory'],
        ['text/plain', '{"name":"mallory"}'],
        ['application/json', '{"name":"mallory"}'],
      ] as const) {
        const headers = { Cookie: cookie, 'Content-Type': type, ...from };
        const answer = await sendRaw(url, { method, target, headers, body });
        expect(answer.status, `${method} ${target} ${type}`).toBe(403);
        expect(answer.header('set-cookie')).toBeUndefined();
      }
    }
  });

  it.each(['Origin', 'Sec-Fetch-Site'])('its own page may, by its %s', async (name) => {
    const headers = {
      'Content-Type': 'application/json',
      [name]: name === 'Origin' ? url : 'same-origin',
    };
    const request = { method: 'POST', target: '/session', headers, body: '{"name":"alice"}' };
    const answer = await sendRaw(url, request);
    expect([answer.status, answer.header('set-cookie')]).toEqual([
      201,
      expect.stringMatching(/^session=/),
    ]);
  });

  it('a page whose host name was rebound to this machine reads and changes nothing', async () => {
    const host = `evil.example:${new URL(url).port}`;
    for (const [method, target] of [...ROUTES, ['POST', '/session'], ['GET', '/']] as const) {
      const headers = { Host: host, Origin: `http://${host}`, 'Content-Type': 'application/json' };
      const body = method === 'GET' ? '' : '{"name":"mallory"}';
      const answer = await sendRaw(url, { method, target, headers, body });
      expect(answer.status, `${method} ${target}`).toBe(403);
    }
  });

  it.each(['', '  ', 'a/b', 'a\\b', 'a\u0000b', 'a\u202eb', 'x'.repeat(41), 7, { a: 1 }])(
    'the name %j is refused',
    async (name) => {
      expect((await ask('POST', '/session', undefined, { name })).status).toBe(400);
    },
  );

  it('the owner is the one of the session, whatever the request says', async () => {
    const [alice, bob] = [await signIn(url, 'alice'), await signIn(url, 'bob')];
    for (const forged of [{ owner: 'alice' }, { object: 'alice/secret' }, { overwrite: true }]) {
      const wish = { file: { name: 'a.txt', size: 1 }, ...forged };
      const answer = await ask('POST', '/uploads', bob, wish);
      if (answer.status === 400) continue;
      const { authorisation } = (await answer.json()) as { authorisation: Authorised };
      expect(authorisation.fields.key).toBe(`bob/${authorisation.uploadId}`);
    }
    const { authorisation } = (await (await ask('POST', '/uploads', bob)).json()) as {
      authorisation: Authorised;
    };
    const { uploadId, fields } = authorisation;
    expect(fields.key).toBe(`bob/${uploadId}`);
    expect((await ask('GET', `/uploads/${uploadId}`, bob)).status).toBe(200);
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/parts'],
      ['POST', '/reconciliation'],
    ] as const) {
      expect((await ask(method, `/uploads/${uploadId}${path}`, alice)).status).toBe(404);
    }
    expect((await ask('GET', '/records?owner=alice', bob)).status).toBe(400);
  });

  it('a user is given 60 authorisations in a minute, by all ways together', async () => {
    const [eager, other] = [await signIn(url, 'eager'), await signIn(url, 'other')];
    const statuses: number[] = [];
    const file = { name: 'a.txt', size: 1 };
    for (let count = 0; count < 61; count += 1) {
      const carriers = [['form', 'put', 'multipart'][count % 3]];
      statuses.push((await ask('POST', '/uploads', eager, { file, carriers })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 60 }, () => 201), 429]);
    const { status } = await ask('GET', '/uploads/01900000-0000-7000-8000-000000000000', eager);
    expect(status).toBe(404); // to ask costs nothing
    expect((await ask('POST', '/uploads', other)).status).toBe(201);
  });

  it('every answer has the headers that keep strangers’ texts from becoming scripts', async () => {
    for (const path of ['/', '/page.js', '/session', '/records', '/nothing']) {
      const { headers } = await ask('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, path).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
