import { Controller } from '@nestjs/common';
import { privateEncrypt } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OSS_CALLBACK_PUBLIC_KEYS, OssCallback } from '../../src/index.js';
import { createTestKeyPair } from '../../src/testing/index.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  keyPair,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { type RawRequest, sendRaw } from '../support/raw-http.js';
import { useTestApp } from '../support/test-app.js';
import { forgedKeyUrls } from './forged-key-urls.js';
import { expectRefused, type Refused } from './refused.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
  @OssCallback('tenants/:tenant', { name: 'tenant' })
  tenant() {
    return { taken: true };
  }
}

const [V1 = ''] = Object.keys(OSS_CALLBACK_PUBLIC_KEYS);
const refused = (status: number, code: string, message: string): Refused => ({
  status,
  code,
  message,
  signed: false,
});
const notTrusted = refused(403, 'KEY_NOT_TRUSTED', 'The public key does not belong to OSS.');
const invalid = refused(403, 'SIGNATURE_INVALID', 'The signature is not valid.');
const notCanonical = { ...invalid, reason: /canonical/ };
const missing = refused(401, 'SIGNATURE_MISSING', 'The request is not signed by OSS.');
const malformed = (message: string) => refused(400, 'MALFORMED_REQUEST', message);

/** A genuine callback, of which each attempt changes one thing. */
interface Genuine {
  target: string;
  headers: Record<string, string>;
  body: string;
}
type Forge = (genuine: Genuine) => RawRequest;

const withHeader =
  (name: string, change: (value: string) => string): Forge =>
  ({ headers, ...rest }) => ({
    ...rest,
    headers: { ...headers, [name]: change(headers[name] ?? '') },
  });
const withSignature = (change: (signature: Buffer) => Buffer) =>
  withHeader('authorization', (text) => change(Buffer.from(text, 'base64')).toString('base64'));
const withKeyUrl = (url: string) =>
  withHeader('x-oss-pub-key-url', () => Buffer.from(url, 'latin1').toString('base64'));
const withTarget =
  (target: string): Forge =>
  (genuine) => ({ ...genuine, target });
const without =
  (left: string): Forge =>
  ({ headers, ...rest }) => ({
    ...rest,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== left)),
  });
const withSecond =
  (name: string): Forge =>
  ({ headers, ...rest }) => ({
    ...rest,
    headers: [...Object.entries(headers), [name, headers[name]!]],
  });

const requestsWithForgedKeyUrls = forgedKeyUrls.map(([what, url]): [string, Forge, Refused] => [
  `with a key URL ${what}`,
  withKeyUrl(url),
  { ...notTrusted, reason: 'x-oss-pub-key-url names' },
]);

const requests: [what: string, forge: Forge, refusal: Refused][] = [
  ['with a key URL that is no base64', withHeader('x-oss-pub-key-url', () => V1), notTrusted],
  ['with an empty key URL', withHeader('x-oss-pub-key-url', () => ''), notTrusted],
  ['with the known key, named over http', withKeyUrl(V1.replace('https', 'http')), invalid],
  ['with the known key, named over https', withKeyUrl(V1), invalid],

  ['without a signature', without('authorization'), missing],
  ['without a key URL', without('x-oss-pub-key-url'), missing],
  ['with an empty signature', withHeader('authorization', () => ''), invalid],
  [
    'with a signature without padding',
    withHeader('authorization', (s) => s.replace(/=+$/, '')),
    notCanonical,
  ],
  ['with a signature with spare bits', withHeader('authorization', spareBits), notCanonical],
  [
    'with a signature in base64url',
    withSpelling((s) => s.replaceAll('+', '-').replaceAll('/', '_')),
    notCanonical,
  ],
  [
    'with a space in the signature',
    withHeader('authorization', (s) => `${s.slice(0, 8)} ${s.slice(8)}`),
    notCanonical,
  ],
  [
    'with a scheme before the signature',
    withHeader('authorization', (s) => `Bearer ${s}`),
    notCanonical,
  ],
  [
    'with two signatures in one header',
    withHeader('authorization', (s) => `${s}, ${s}`),
    notCanonical,
  ],
  ['with a signature one byte short', withSignature((bytes) => bytes.subarray(1)), invalid],
  [
    'with a signature one byte longer',
    withSignature((bytes) => Buffer.concat([Buffer.of(0), bytes])),
    invalid,
  ],
  ['with a signature of 256 bytes', withSignature(() => Buffer.alloc(256, 1)), invalid],
  ['with a signature of zeros', withSignature((bytes) => Buffer.alloc(bytes.length)), invalid],
  [
    'with one bit of the signature changed',
    withSignature((bytes) => ((bytes[9]! ^= 1), bytes)),
    invalid,
  ],
  ['with a signature of another key', signedByAnother, invalid],
  [
    'with a signature over nothing but padding',
    withSignature(() => privateEncrypt(keyPair.privateKey, Buffer.alloc(0))),
    invalid,
  ],
  [
    'with a signature of 10 KB',
    withHeader('authorization', () => 'A'.repeat(10_240)),
    malformed('The header authorization is too long.'),
  ],

  [
    'with another body',
    (genuine) => ({ ...genuine, body: genuine.body.replace('size=5', 'size=6') }),
    invalid,
  ],
  [
    'with an empty body',
    (genuine) => ({ ...genuine, body: '', headers: { ...genuine.headers, 'content-length': '0' } }),
    invalid,
  ],
  ['for another route', withTarget('/tenants/1'), invalid],
  ['with a query', withTarget(`${CALLBACK_PATH}?a=1`), invalid],
  [
    'with two Authorization headers',
    withSecond('authorization'),
    malformed('The header authorization appears twice.'),
  ],
  [
    'with two key headers',
    withSecond('x-oss-pub-key-url'),
    malformed('The header x-oss-pub-key-url appears twice.'),
  ],
  [
    'with scheme and host in the target',
    withTarget(`http://evil.example${CALLBACK_PATH}`),
    malformed('The request target is not a path.'),
  ],
  [
    'with a Content-Encoding',
    (genuine) => ({
      ...genuine,
      body: gzipSync(genuine.body),
      headers: {
        ...(without('content-length')(genuine).headers as Record<string, string>),
        'content-encoding': 'gzip',
      },
    }),
    malformed('A callback must not have a Content-Encoding.'),
  ],
  [
    'with a Content-Encoding that is none',
    withHeader('content-encoding', () => 'identity'),
    malformed('A callback must not have a Content-Encoding.'),
  ],
];

describe.each(platforms)('a request that OSS did not sign, sent to an app on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [CallbackController],
    signsCallbacks: true,
  });

  async function makeGenuine(target = CALLBACK_PATH): Promise<Genuine> {
    const { body } = await authoriseBody(world, {}, { callback: 'default' });
    return { target, headers: callbackHeaders(world, { body, target }), body };
  }

  // what is read out of the header does not depend on the platform
  const withForgedKeyUrls = requestsWithForgedKeyUrls.slice(
    0,
    platform === 'Express' ? undefined : 1,
  );
  it.each([...withForgedKeyUrls, ...requests])('is refused %s', async (_what, forge, refusal) => {
    const genuine = await makeGenuine();
    const request = forge(genuine);
    await expectRefused(world, () => sendRaw(world.url, request), refusal);
    // nothing but the forgery was wrong with it
    const { status } = await sendRaw(world.url, genuine);
    expect(status).toBe(200);
  });

  /** What OSS signed for one path, query and body, read as another path, query and body of the same text. */
  const unsignable = malformed('OSS cannot sign this path.');
  it.each<[string, string, string, string, string, Refused]>([
    ['%0A for the end of the path', '/tenants/a', 'b\nc=d', '/tenants/a%0Ab', 'c=d', unsignable],
    ['%0a likewise', '/tenants/a', 'b\nc=d', '/tenants/a%0ab', 'c=d', unsignable],
    [
      '%3F for the start of the query',
      '/tenants/a?b=1',
      'c=d',
      '/tenants/a%3Fb=1',
      'c=d',
      unsignable,
    ],
    ['%3f likewise', '/tenants/a?b=1', 'c=d', '/tenants/a%3fb=1', 'c=d', unsignable],
    ['%23 for a fragment', '/tenants/a', 'c=d', '/tenants/a%23b', 'c=d', unsignable],
    ['%00 in the path', '/tenants/a', 'c=d', '/tenants/a%00', 'c=d', unsignable],
    ['a query moved into the body', '/tenants/a?b=1', 'c=d', '/tenants/a', '?b=1\nc=d', invalid],
    ['a body moved into the query', '/tenants/a?b', 'c=d', '/tenants/a?b%0Ac=d', '', invalid],
  ])('is refused with %s', async (_what, signedTarget, signedBody, target, body, refusal) => {
    const signed = callbackHeaders(world, { target: signedTarget, body: signedBody });
    const headers = { ...signed, 'content-length': String(body.length) };
    await expectRefused(world, () => sendRaw(world.url, { target, headers, body }), refusal);
  });
});

function spareBits(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = signature.indexOf('=') - 1;
  const other = alphabet[alphabet.indexOf(signature[at]!) + 1]!;
  return `${signature.slice(0, at)}${other}${signature.slice(at + 1)}`;
}

/** Not every signature holds a character that the alphabets write differently. */
function withSpelling(spell: (signature: string) => string): Forge {
  return withHeader('authorization', (signature) => {
    const spelt = spell(signature);
    return spelt === signature ? `-${signature.slice(1)}` : spelt;
  });
}

function signedByAnother(genuine: Genuine): RawRequest {
  const { privateKey } = createTestKeyPair();
  return withSignature(() => privateEncrypt(privateKey, Buffer.alloc(20, 1)))(genuine);
}
