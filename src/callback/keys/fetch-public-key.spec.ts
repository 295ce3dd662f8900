import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestKeyPair } from '../../testing/create-test-key-pair.js';
import { fetchPublicKey } from './fetch-public-key.js';
import { readPublicKey } from './public-key.js';

const pem = createTestKeyPair().publicKey;

describe('a key over the network', () => {
  let server: Server;
  let base: string;
  let answer: RequestListener;
  let asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    asked = [];
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const get = (timeoutMs = 10_000) => fetchPublicKey(`${base}/key.pem`, { timeoutMs });

  it('is read', async () => {
    answer = (_request, response) => response.end(pem);
    expect(await get()).toMatchObject({ fingerprint: readPublicKey(pem).fingerprint });
  });

  const bad: [string, RequestListener, RegExp][] = [
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { Location: '/other.pem' }).end(),
      /status 302/,
    ],
    ['a status', (_request, response) => response.writeHead(206).end(pem), /status 206/],
    [
      'more than a key',
      (_request, response) => response.end(pem.padEnd(8_193, '\n')),
      /8192 bytes/,
    ],
    ['no key', (_request, response) => response.end('<html>'), /key\.pem/],
    ['nothing', (request) => request.socket.destroy(), /socket hang up \(ECONNRESET\)/],
    [
      'a key of another type',
      (_request, response) => response.end(otherKey('ec')),
      /not an RSA key/,
    ],
    ['a huge key', (_request, response) => response.end(otherKey('huge')), /has 8200 bits/],
    ['a key that never ends', (_request, response) => feed(response), /8192 bytes/],
  ];

  it.each(bad)('is refused where the host sends %s', async (_what, listener, hint) => {
    answer = listener;
    await expect(get()).rejects.toMatchObject({
      code: 'KEY_UNAVAILABLE',
      hint: expect.stringMatching(hint),
    });
    expect(asked).toEqual(['/key.pem']);
  });

  it.each<[string, RequestListener]>([
    ['does not answer', () => undefined],
    ['stops in the middle', (_request, response) => void response.write(pem.slice(0, 40))],
  ])('is waited for no longer than it may take, where the host %s', async (_what, listener) => {
    answer = listener;
    await expect(get(50)).rejects.toMatchObject({
      code: 'KEY_UNAVAILABLE',
      hint: expect.stringContaining('no complete response in time'),
    });
  });
});

function otherKey(kind: 'ec' | 'huge'): string {
  if (kind === 'ec') {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }
  // a modulus that need not be factorable
  const n = Buffer.alloc(1_025, 0xff).toString('base64url');
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function feed(response: NodeJS.WritableStream): void {
  const more = () => void response.write('x'.repeat(1_024), (error) => error ?? setImmediate(more));
  more();
}
