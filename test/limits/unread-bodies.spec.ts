import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type ClientHttp2Stream,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { callbackHeaders, authoriseBody } from '../support/oss-callbacks.js';
import { toBytes } from '../support/raw-http.js';
import { startGatedApp } from './gated-app.js';
import { useWorld, useWorlds } from '../support/test-app.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const MAX_BODY_BYTES = 1_024;
const targets = ['/oss/callback', '/guarded'];
const options = { maxBodyBytes: MAX_BODY_BYTES, answerWithinMs: 300 };
/** Also enough for a callback that is taken. */
const taking = { ...options, answerWithinMs: ANSWER_WITHIN_MS };

/** Bodies that never come to their end. */
const bodies: {
  what: string;
  headers: Record<string, string>;
  body: string;
  status: number;
  code: string;
}[] = [
  {
    what: 'is too large in chunks',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(2 * MAX_BODY_BYTES),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    what: 'is too large as it announces',
    headers: { 'content-length': '100000' },
    body: 'x'.repeat(100),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    what: 'stops half-way',
    headers: { 'content-length': '1000' },
    body: 'x'.repeat(100),
    status: 503,
    code: 'DEADLINE_EXCEEDED',
  },
];

const worlds = useWorlds((platform) => startGatedApp(platform, options));

describe.concurrent.each(worlds)('over HTTP/1 on %s', (_platform, world) => {
  describe.each(targets)('a body to %s', (target) => {
    it.each(bodies)('that $what gets $status, and its connection ends', async (unfinished) => {
      const { headers, body, status, code } = unfinished;
      const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
      const bytes = toBytes(world.url, {
        target,
        headers,
        body: 'transfer-encoding' in headers ? chunk : body,
      });
      const { hostname, port } = new URL(world.url);
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      let text = '';
      socket.on('data', (data) => (text += data.toString('latin1')));
      await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(text).toMatch(/^connection: close\r$/im);
      expect(text).toContain(`"${code}"`);
    });
  });
});

describe.concurrent('over HTTP/2 on Fastify', () => {
  const world = useWorld(() => {
    const adapter = new FastifyAdapter({ http2: true } as object);
    return startGatedApp('Fastify', taking, { adapter });
  });

  describe.each(targets)('a body to %s', (target) => {
    it.each(bodies)(
      'that $what gets $status, its stream ends, and the connection goes on',
      async (unfinished) => {
        const warnings: Error[] = [];
        const onWarning = (warning: Error) => void warnings.push(warning);
        process.on('warning', onWarning);
        const session = connectHttp2(world.url);
        const { 'transfer-encoding': _ofHttp1, ...headers } = unfinished.headers;
        const refused = await exchange(session.request(post(target, headers)), unfinished.body);
        expect(refused).toMatchObject({ status: unfinished.status, rstCode: 0 });
        expect(refused.text).toContain(`"${unfinished.code}"`);

        const genuine = await authoriseBody(world, {}, { target });
        const signed = callbackHeaders(world, { ...genuine, target });
        const stream = session.request(post(target, signed));
        const taken = await exchange(stream, genuine.body, true);
        expect([taken.status < 300, taken.text]).toEqual([true, '{"taken":true}']);
        session.close();
        process.off('warning', onWarning);
        expect(warnings).toEqual([]);
      },
    );
  });
});

function post(path: string, headers: Record<string, string>): OutgoingHttpHeaders {
  const others = Object.entries(headers).filter(([name]) => !/^(host|connection)$/i.test(name));
  return { ':method': 'POST', ':path': path, ...Object.fromEntries(others) };
}

function exchange(stream: ClientHttp2Stream, body: string, isWhole = false) {
  stream.write(body);
  if (isWhole) stream.end();
  return new Promise<{ status: number; text: string; rstCode?: number }>((resolve, reject) => {
    let [status, text] = [0, ''];
    stream.on('response', (head) => (status = Number(head[':status'])));
    stream.on('data', (data: Buffer) => (text += data.toString()));
    stream.on('close', () => resolve({ status, text, rstCode: stream.rstCode }));
    stream.on('error', reject);
  });
}
