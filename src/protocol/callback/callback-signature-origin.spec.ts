import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { signCallback } from './callback-signature.js';
import { isSignatureOf } from './callback-signature-origin.js';
import { OSS_CALLBACK_PUBLIC_KEYS, PUBLISHED_CALLBACK } from './public-key-url.js';

const [pem = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
const vendorKey = createPublicKey(pem);
const own = generateKeyPairSync('rsa', { modulusLength: 512 });

it('a signature of OSS is OSS’s, whatever it signed', () => {
  expect(isSignatureOf(vendorKey, PUBLISHED_CALLBACK.authorization)).toBe(true);
  expect(isSignatureOf(own.publicKey, PUBLISHED_CALLBACK.authorization)).toBe(false);
});

it('a signature of another key is not', () => {
  const { privateKey } = own;
  const authorization = signCallback({ url: '/a', body: Buffer.from('b'), privateKey });
  expect(isSignatureOf(own.publicKey, authorization)).toBe(true);
  expect(isSignatureOf(vendorKey, authorization)).toBe(false);
});

it.each([
  ['one bit altered', (bytes: Buffer) => bytes.fill(bytes[9]! ^ 1, 9, 10)],
  ['a byte too few', (bytes: Buffer) => bytes.subarray(1)],
  ['a byte too many', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
  ['nothing but zeros', () => Buffer.alloc(64)],
])('%s is not a signature of OSS', (_what, alter) => {
  const bytes = alter(Buffer.from(PUBLISHED_CALLBACK.authorization, 'base64'));
  expect(isSignatureOf(vendorKey, bytes.toString('base64'))).toBe(false);
});

it('OSS signs MD5 digests: those of another hash, and keys of another kind, are not its way', () => {
  const sha1 = sign('RSA-SHA1', Buffer.from('a'), own.privateKey).toString('base64');
  expect(isSignatureOf(own.publicKey, sha1)).toBe(false);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(isSignatureOf(publicKey, PUBLISHED_CALLBACK.authorization)).toBe(false);
});

it.each(['', 'Bearer x', '====', 'a b'])('%j is no signature', (authorization) =>
  expect(isSignatureOf(vendorKey, authorization)).toBe(false),
);
