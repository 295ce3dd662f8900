import {
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { urlPath, urlQuery } from '../../../test/support/url-parts.js';
import {
  callbackStringsToSign,
  decodeCanonicalBase64,
  signCallback,
  verifyCallbackSignature,
} from './callback-signature.js';
import { OSS_CALLBACK_PUBLIC_KEYS, PUBLISHED_CALLBACK } from './public-key-url.js';

interface GenuineCallback {
  id: string;
  url: string;
  body: string;
  authorization: string;
  pubKeyUrl: string;
}

const genuine = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/genuine-callbacks.json', import.meta.url), 'utf8'),
) as GenuineCallback[];
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 512 });

/** A body that this file's key signed for one path, presented under another. */
function verifies(signedText: string, url: string, body = 'a=1'): boolean {
  const authorization = sign('RSA-MD5', Buffer.from(signedText), privateKey).toString('base64');
  return verifyCallbackSignature({ url, body: Buffer.from(body), authorization, publicKey });
}

describe.each(genuine)('the genuine callback $id', ({ url, body, authorization, pubKeyUrl }) => {
  const key = OSS_CALLBACK_PUBLIC_KEYS[pubKeyUrl]!;
  const request = { url, body: Buffer.from(body), authorization, publicKey: key };

  it('is verified with the shipped key, as PEM and as KeyObject', () => {
    expect(verifyCallbackSignature(request)).toBe(true);
    expect(verifyCallbackSignature({ ...request, publicKey: createPublicKey(key) })).toBe(true);
  });

  it('is refused with any byte of body, URL or signature altered', () => {
    const parts = { body: request.body, url: Buffer.from(url), authorization };
    const signature = Buffer.from(authorization, 'base64');
    const altered = (bytes: Buffer, index: number) => {
      const copy = Buffer.from(bytes);
      copy[index]! ^= 1;
      return copy;
    };
    for (let index = 0; index < parts.body.length; index += 1) {
      expect(verifyCallbackSignature({ ...request, body: altered(parts.body, index) })).toBe(false);
    }
    for (let index = 0; index < parts.url.length; index += 1) {
      const other = altered(parts.url, index).toString('latin1');
      expect(verifyCallbackSignature({ ...request, url: other }), other).toBe(false);
    }
    for (let index = 0; index < signature.length; index += 1) {
      const other = altered(signature, index).toString('base64');
      expect(verifyCallbackSignature({ ...request, authorization: other })).toBe(false);
    }
  });

  it.each([
    ['a line feed after it', (text: string) => `${text}\n`],
    ['a space before it', (text: string) => ` ${text}`],
    ['no padding', (text: string) => text.replace(/=+$/, '')],
    ['the URL alphabet', (text: string) => text.replaceAll('+', '-').replaceAll('/', '_')],
    ['spare bits set', (text: string) => text.replace(/.==$/, (end) => `${next(end[0]!)}==`)],
    ['a scheme word', (text: string) => `OSS ${text}`],
  ])('is refused where the base64 of the signature has %s', (_what, change) => {
    const other = change(authorization);
    if (other === authorization) return; // this signature has neither + nor /
    expect(verifyCallbackSignature({ ...request, authorization: other })).toBe(false);
  });
});

/** The next character of the base64 alphabet: the same byte, with one of the spare bits set. */
function next(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[alphabet.indexOf(character) + 1]!;
}

describe('the signed text', () => {
  it.each([
    ['the path decoded', '/a b/文', '/a%20b/%E6%96%87'],
    ['the query as it is', '/a?b=%20+&c', '/a?b=%20+&c'],
    ['a lone question mark', '/a?', '/a?'],
    ['a plus sign in the path as plus', '/a+b', '/a+b'],
    ['a plus sign in the path as space', '/a b', '/a+b'],
    ['an escaped plus sign as plus', '/a+b', '/a%2Bb'],
    ['a question mark in the query', '/a?b?c', '/a?b?c'],
  ])('holds %s', (_what, signed, url) => {
    expect(verifies(`${signed}\na=1`, url)).toBe(true);
  });

  it('holds an escaped plus sign only as plus', () => {
    expect(verifies('/a b\na=1', '/a%2Bb')).toBe(false);
  });

  // With each of these, bytes could move between path, query and body under one signature.
  it.each([
    ['a line feed', '/a%0Ab', '/a\nb\na=1'],
    ['a NUL', '/a%00b', '/a\0b\na=1'],
    ['a question mark', '/a%3Fb', '/a?b\na=1'],
    ['a number sign', '/a%23b', '/a#b\na=1'],
    ['a delete character', '/a%7Fb', '/a\u007fb\na=1'],
  ])('is refused where an escape of the path stands for %s', (_what, url, signed) => {
    expect(verifies(signed, url)).toBe(false);
    expect(callbackStringsToSign({ url, body: Buffer.alloc(0) })).toEqual([]);
  });

  it.each(['', 'a', '?a=1', 'http://host/a', '/a b', '/a#b', '/a?b#c', '/a\nb', '/%', '/%zz'])(
    'does not exist for the URL %j',
    (url) => {
      expect(callbackStringsToSign({ url, body: Buffer.alloc(0) })).toEqual([]);
    },
  );

  it.each(['/%E4%B8', '/%C0%AF', '/%ED%A0%80', '/%FF'])(
    'does not exist for the path %s, which is no UTF-8',
    (url) => expect(callbackStringsToSign({ url, body: Buffer.alloc(0) })).toEqual([]),
  );
});

describe('the key', () => {
  const body = Buffer.from('a=1');
  const authorization = signCallback({ url: '/a', body, privateKey });
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const long = generateKeyPairSync('rsa', { modulusLength: 1024 });

  it('may be of another length than OSS has today', () => {
    const request = { url: '/a', body, publicKey: long.publicKey };
    const signature = signCallback({ url: '/a', body, privateKey: long.privateKey });
    expect(verifyCallbackSignature({ ...request, authorization: signature })).toBe(true);
    expect(verifyCallbackSignature({ ...request, authorization })).toBe(false);
  });

  it.each<[string, string | KeyObject]>([
    ['another key', long.publicKey],
    ['a key of another type', ec],
    ['a PEM of another type', pem(ec)],
    ['an RSA-PSS key', generateKeyPairSync('rsa-pss', { modulusLength: 512 }).publicKey],
    ['a private KeyObject', privateKey],
    ['a secret', createSecretKey(Buffer.alloc(32))],
    ['no PEM', 'garbage'],
    ['a broken PEM', pem(publicKey).replace('MFw', 'MFx')],
    ['nothing', ''],
  ])('is refused where it is %s', (_what, key) => {
    expect(verifyCallbackSignature({ url: '/a', body, authorization, publicKey: key })).toBe(false);
  });
});

describe('whatever comes', () => {
  const vendorKey = createPublicKey(Object.values(OSS_CALLBACK_PUBLIC_KEYS)[0]!);

  it('is answered with false, without a throw', () => {
    const text = fc.oneof(fc.string({ unit: anyCharacter }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(
        fc.oneof(text, urlPath, fc.constant(PUBLISHED_CALLBACK.url)),
        fc.uint8Array(),
        fc.oneof(text, fc.base64String(), fc.constant(PUBLISHED_CALLBACK.authorization)),
        fc.oneof(text, fc.constant(vendorKey)),
        (url, body, authorization, key) => {
          expect(verifyCallbackSignature({ url, body, authorization, publicKey: key })).toBe(false);
        },
      ),
    );
  });

  it('is verified once it is signed for the same path and body', () => {
    const path = urlPath.map((rest) => `/${rest.replace(/^\/+/, '')}`);
    fc.assert(
      fc.property(path, urlQuery, fc.uint8Array(), (plain, query, body) => {
        const url = `${plain}?${query}`;
        if (callbackStringsToSign({ url, body }).length === 0) return;
        const authorization = signCallback({ url, body, privateKey });
        expect(verifyCallbackSignature({ url, body, authorization, publicKey })).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('cannot be signed for a path that has no signed text', () => {
    expect(() => signCallback({ url: '/%', body: Buffer.alloc(0), privateKey })).toThrow(
      'The path of "/%" cannot be decoded',
    );
  });
});

describe('decodeCanonicalBase64', () => {
  it('takes what an encoder writes, and nothing that an encoder would write otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(decodeCanonicalBase64(text)).toEqual(Buffer.from(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('AQgw+/-_= \n')) }), (text) => {
        const bytes = decodeCanonicalBase64(text);
        if (bytes) expect(bytes.toString('base64')).toBe(text);
      }),
    );
    expect(decodeCanonicalBase64('')).toBeUndefined();
  });
});
