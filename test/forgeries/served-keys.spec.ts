import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authoriseBody,
  callbackHeaders,
  CALLBACK_PATH,
  keyPair,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { expectRefused } from './refused.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';

/** What the host of the key sends, by the key's version, and what the app notes. */
const served: [what: string, listener: RequestListener, reason: RegExp][] = [
  [
    'a redirect to a good key',
    (_request, response) => response.writeHead(302, { Location: '/good.pem' }).end(),
    /status 302/,
  ],
  [
    'a status',
    (_request, response) => response.writeHead(404).end(keyPair.publicKey),
    /status 404/,
  ],
  [
    'a huge key',
    (_request, response) => response.end(keyPair.publicKey.padEnd(20_000, '\n')),
    /8192 bytes/,
  ],
  ['a key that never ends', (_request, response) => feed(response), /8192 bytes/],
  ['a key with a huge modulus', (_request, response) => response.end(hugeKey()), /bits/],
  ['an EC key', (_request, response) => response.end(otherKey('ec')), /not an RSA key/],
  ['an Ed25519 key', (_request, response) => response.end(otherKey('ed25519')), /not an RSA key/],
  ['an RSA-PSS key', (_request, response) => response.end(otherKey('rsa-pss')), /not an RSA key/],
  ['a page', (_request, response) => response.end('<html></html>'), /\.pem/],
  ['nothing', (request) => request.socket.destroy(), /socket hang up/],
];

describe.each(platforms)('a callback whose key is served, to an app on %s', (platform) => {
  let server: Server;
  let world: TestApp;
  let asked: string[] = [];
  let base: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      const [, version = ''] = /_v(\d+)\.pem$/.exec(request.url!) ?? [];
      const [, listener] = served[Number(version) - 1] ?? [];
      if (listener) listener(request, response);
      else response.end(keyPair.publicKey);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    world = await startTestApp({
      platform,
      // A key may take half of that, which is more than the two seconds for which a machine stands still.
      options: {
        localOss: { url: base },
        confirmObject: 'never',
        answerWithinMs: LONGEST_ANSWER_MS,
      },
    });
  });
  afterAll(async () => {
    await world.stop();
    server.close();
    server.closeAllConnections();
  });

  async function makeRequest(version: number) {
    const { body } = await authoriseBody(world);
    const keyUrl = `${base}/callback_pub_key_v${version}.pem`;
    const headers = callbackHeaders(world, {
      body,
      headers: { 'x-oss-pub-key-url': Buffer.from(keyUrl).toString('base64') },
    });
    return { target: CALLBACK_PATH, headers, body };
  }

  it.each(served.map(([what, , reason], index) => [what, index + 1, reason] as const))(
    'is refused where the host sends %s',
    async (_what, version, reason) => {
      asked = [];
      const request = await makeRequest(version);
      await expectRefused(world, () => sendRaw(world.url, request), {
        status: 503,
        code: 'KEY_UNAVAILABLE',
        message: 'The public key is currently unavailable.',
        signed: false,
        reason,
      });
      expect(asked).toEqual([`/callback_pub_key_v${version}.pem`]);
    },
  );

  it('counts where the host sends the key that signed it', async () => {
    const { status } = await sendRaw(world.url, await makeRequest(99));
    expect(status).toBe(200);
  });
});

function otherKey(kind: 'ec' | 'ed25519' | 'rsa-pss'): string {
  const { publicKey } = {
    ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ed25519: () => generateKeyPairSync('ed25519'),
    'rsa-pss': () => generateKeyPairSync('rsa-pss', { modulusLength: 1_024 }),
  }[kind]();
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** A modulus that need not be factorable. */
function hugeKey(): string {
  const n = Buffer.alloc(2_049, 0xff).toString('base64url');
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function feed(response: ServerResponse): void {
  const more = () => void response.write('x'.repeat(1_024), (error) => error ?? setImmediate(more));
  more();
}
