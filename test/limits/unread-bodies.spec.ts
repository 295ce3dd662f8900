import { FastifyAdapter } from '@nestjs/platform-fastify';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callbackHeaders, authoriseBody } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { toBytes } from '../support/raw-http.js';
import { type GatedApp, startGatedApp } from './gated-app.js';

const MAX_BODY_BYTES = 1_024;
const targets = ['/oss/callback', '/guarded'];
/** Heads of a request whose body is larger than allowed, and never comes to its end. */
const tooLarge: [what: string, headers: Record<string, string>, body: string][] = [
  ['in chunks', { 'Transfer-Encoding': 'chunked' }, `800\r\n${'x'.repeat(2_048)}\r\n`],
  ['as it announces', { 'Content-Length': '100000' }, 'x'.repeat(100)],
];

let world: GatedApp;
afterEach(() => world.stop());

describe.each(platforms)('a body that is too large, over HTTP/1 on %s', (platform) => {
  beforeEach(async () => {
    world = await startGatedApp(platform, { maxBodyBytes: MAX_BODY_BYTES });
  });

  describe.each(targets)('to %s', (target) => {
    it.each(tooLarge)('%s gets 413, and its connection ends', async (_what, headers, body) => {
      const { hostname, port } = new URL(world.url);
      const socket = connect(Number(port), hostname);
      socket.write(toBytes(world.url, { target, headers, body }));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      expect(text).toMatch(/^HTTP\/1\.1 413 /);
      expect(text).toMatch(/^connection: close\r$/im);
      expect(text).toContain('"BODY_TOO_LARGE"');
    });
  });
});

describe('a body that is too large, over HTTP/2 on Fastify', () => {
  beforeEach(async () => {
    world = await startGatedApp(
      'Fastify',
      { maxBodyBytes: MAX_BODY_BYTES },
      { adapter: new FastifyAdapter({ http2: true } as object) },
    );
  });

  describe.each(targets)('to %s', (target) => {
    it.each([
      ['in chunks', {}, 'x'.repeat(2_048)],
      ['as it announces', { 'content-length': '100000' }, 'x'.repeat(100)],
    ])('%s gets 413, its stream ends, and the connection goes on', async (_what, more, body) => {
      const session = connectHttp2(world.url);
      const send = (headers: Record<string, string>, bytes: string, end: boolean) => {
        const stream = session.request({ ':method': 'POST', ':path': target, ...headers });
        stream.write(bytes);
        if (end) stream.end();
        return new Promise<{ status: number; text: string; rstCode: number }>((resolve, reject) => {
          let [status, text] = [0, ''];
          stream.on('response', (head) => (status = Number(head[':status'])));
          stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
          stream.on('close', () => resolve({ status, text, rstCode: stream.rstCode ?? -1 }));
          stream.on('error', reject);
        });
      };
      const refused = await send(more, body, false);
      expect(refused).toMatchObject({ status: 413, rstCode: 0 });
      expect(refused.text).toContain('"BODY_TOO_LARGE"');
      const genuine = await authoriseBody(world, {}, { target });
      const headers = callbackHeaders(world, { ...genuine, target });
      const taken = await send(
        Object.fromEntries(
          Object.entries(headers).filter(([name]) => !/^(host|connection)$/i.test(name)),
        ),
        genuine.body,
        true,
      );
      expect([taken.status < 300, taken.text]).toEqual([true, '{"taken":true}']);
      session.close();
    });
  });
});
