import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { type RawResponse, sendRaw } from '../support/raw-http.js';
import { createMigratedDatabase, startOss, useTestApp } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { createCallbackController, HostController } from './host-app.js';
import { hosts } from './hosts.js';

let oss: OssSimulator;
let database: TestDatabase;

beforeAll(async () => {
  [oss, database] = await Promise.all([startOss(), createMigratedDatabase()]);
});
afterAll(() => Promise.all([oss.stop(), database.drop()]));

/** Holds an answer to what OSS wants, header by header, byte by byte. */
function expectExactly(response: RawResponse, status: number, body: unknown): void {
  expect([response.status, response.json()]).toEqual([status, body]);
  expect(response.body.toString('utf8')).toBe(JSON.stringify(response.json()));
  const names = response.headers.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !['Connection', 'Keep-Alive'].includes(name)).toSorted()).toEqual([
    'Content-Length',
    'Content-Type',
    'Date',
  ]);
  expect(response.header('content-type')).toBe('application/json');
  expect(response.header('content-length')).toBe(String(response.body.byteLength));
}

const refusal = (code: string) => ({ code, message: expect.any(String) });
const asBrowser = { 'accept-encoding': 'gzip, br', origin: 'https://example.com' };

describe.each(platforms)('on %s', (platform) => {
  const fitting = hosts.filter((host) => (host.platform ?? platform) === platform);

  describe.each(fitting)('$name', (host) => {
    const path = host.path ?? '/oss/callback';
    const effects = host.effects ?? {};
    const world = useTestApp(() => ({
      platform,
      oss,
      database,
      controllers: [HostController, ...(host.controllers?.() ?? [createCallbackController()])],
      imports: host.imports?.(),
      providers: host.providers,
      host: host.host,
      adapter: host.adapter?.(),
      configure: (app) => host.configure?.(app, platform),
      signsCallbacks: true,
      options: { callback: { url: path } },
    }));

    const send = (callback: Parameters<typeof sendCallback>[1]) =>
      sendCallback(world, {
        target: path,
        ...callback,
        headers: { ...asBrowser, ...callback.headers },
      });

    it('takes a callback and answers exactly as OSS wants', async () => {
      const { body, object, uploadId } = await authoriseBody(
        world,
        { 'x:album_id': '7' },
        { variables: { albumId: 7 } },
      );
      const answer = { key: object, mimeType: 'text/plain', variables: { albumId: 7 } };
      expectExactly(await send({ body }), 200, answer);
      expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed', object });
    });

    it('refuses a bad signature', async () => {
      const { body, uploadId } = await authoriseBody(world);
      const headers = { authorization: Buffer.alloc(64, 7).toString('base64') };
      expectExactly(await send({ body, headers }), 403, refusal('SIGNATURE_INVALID'));
      expect(await world.audit.get(uploadId)).toBeNull();
    });

    it('refuses an upload without a ticket', async () => {
      const response = await send({ body: 'bucket=uploads&object=a.txt' });
      expectExactly(response, 403, refusal('TICKET_MISSING'));
    });

    it('refuses an object that violates its ticket', async () => {
      const { body, uploadId } = await authoriseBody(world, { size: '6' }, { maxSizeBytes: 5 });
      expectExactly(await send({ body }), 409, refusal('TICKET_LIMITS_BROKEN'));
      expect(await world.audit.get(uploadId)).toMatchObject({ status: 'rejected' });
    });

    it('refuses signed JSON that is none, and unsigned JSON that is none', async () => {
      const body = '{"bucket":"uploads", "object"}';
      const contentType = 'application/json';
      expectExactly(await send({ body, contentType }), 400, refusal('MALFORMED_BODY'));
      const unsigned = await send({ body, contentType, headers: { authorization: undefined } });
      expectExactly(unsigned, 401, refusal('SIGNATURE_MISSING'));
    });

    it('refuses an unsigned empty POST, with a length and without', async () => {
      for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }] as Record<string, string>[]) {
        const body = headers['Transfer-Encoding'] ? '0\r\n\r\n' : '';
        const response = await sendRaw(world.url, { target: path, headers, body });
        expectExactly(response, 401, refusal('SIGNATURE_MISSING'));
      }
    });

    it('leaves the host’s own routes as they were', async () => {
      const { prefix = '' } = host;
      const request = (method: string, target: string, type?: string, body?: string) =>
        sendRaw(world.url, {
          method,
          target: `${prefix}/host/${target}`,
          headers: { ...asBrowser, ...(type ? { 'Content-Type': type } : {}) },
          body,
        });
      const unwrap = (response: RawResponse) => {
        const json = response.json() as { data?: unknown };
        return effects.wrapped ? json.data : json;
      };

      const plain = await sendRaw(world.url, {
        target: `${prefix}/host/echo`,
        headers: { 'Content-Type': 'application/json; charset=utf-8', Origin: 'https://a.b' },
        body: '{"name":"中"}',
      });
      if (effects.noBodyParser && platform === 'Express') {
        expect(unwrap(plain)).toEqual({});
      } else {
        expect([plain.status, unwrap(plain)]).toEqual([
          200,
          { body: { name: '中' }, ...(effects.rawBody ? { rawBody: '{"name":"中"}' } : {}) },
        ]);
        expect(plain.header('content-type')).toMatch(/^application\/json; ?charset=utf-8$/i);
      }
      if (effects.header) expect(plain.header(effects.header)).toBeDefined();
      if (!effects.noBodyParser) {
        const form = await sendRaw(world.url, {
          target: `${prefix}/host/echo`,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: 'name=a+b',
        });
        expect(unwrap(form)).toMatchObject({ body: { name: 'a b' } });
      }

      const long = await request('GET', 'long');
      expect(long.header('content-encoding') !== undefined).toBe(effects.compressed === true);
      const missing = await request('GET', 'nothing-here');
      const fails = await request('GET', 'fails');
      expect(missing.status).toBe(effects.filtered ? 200 : 404);
      expect(fails.status).toBe(effects.filtered || effects.forgiving ? 200 : 400);
      const secret = await request('GET', 'secret');
      expect(secret.status).toBe(effects.guarded && !effects.filtered ? 401 : 200);
      const malformed = await request('POST', 'echo', 'application/json', '{"name"');
      expect(malformed.status).toBe(
        effects.filtered || (effects.noBodyParser && platform === 'Express') ? 200 : 400,
      );
    });
  });
});
