import { createPublicKey } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { verifyCallbackSignature } from './callback-signature.js';
import {
  OSS_CALLBACK_PUBLIC_KEYS,
  PUBLISHED_CALLBACK,
  readPublicKeyUrl,
} from './public-key-url.js';

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const v1 = 'https://gosspublic.alicdn.com/callback_pub_key_v1.pem';

describe('readPublicKeyUrl', () => {
  it.each([
    // as seen in genuine callbacks
    [
      'aHR0cDovL2dvc3NwdWJsaWMuYWxpY2RuLmNvbS9jYWxsYmFja19wdWJfa2V5X3YxLnBlbQ==',
      'http://gosspublic.alicdn.com/callback_pub_key_v1.pem',
      v1,
    ],
    [
      'aHR0cHM6Ly9nb3NzcHVibGljLmFsaWNkbi5jb20vY2FsbGJhY2tfcHViX2tleV92MS5wZW0=',
      'https://gosspublic.alicdn.com/callback_pub_key_v1.pem',
      v1,
    ],
    [
      base64('http://gosspublic.alicdn.com/callback_pub_key_v99.pem'),
      'http://gosspublic.alicdn.com/callback_pub_key_v99.pem',
      'https://gosspublic.alicdn.com/callback_pub_key_v99.pem',
    ],
  ])('gives %s, which is %s, as an https URL', (header, _url, expected) => {
    expect(readPublicKeyUrl(header)).toBe(expected);
  });

  it.each([
    'https://gosspublic.alicdn.com@evil.example/callback_pub_key_v1.pem',
    'https://evil.example@gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://user:pass@gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com:443/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com:8443/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com./callback_pub_key_v1.pem',
    'https://GOSSPUBLIC.alicdn.com/callback_pub_key_v1.pem',
    'HTTPS://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com.evil.example/callback_pub_key_v1.pem',
    'https://evilgosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://evil.gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://alicdn.com/callback_pub_key_v1.pem',
    'https://127.0.0.1/callback_pub_key_v1.pem',
    'https://gosspublic%2ealicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/callback%5Fpub_key_v1.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem?',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem?x=1',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem#',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem#x',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem/',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem\n',
    'https://gosspublic.alicdn.com/callback_pub_key_v1xpem',
    'https://gosspublic.alicdn.com/callback_pub_key_v0.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v01.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v100.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.0.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v.pem',
    'https://gosspublic.alicdn.com/callback_pub_key.pem',
    'https://gosspublic.alicdn.com//callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/../callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/x/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com\\callback_pub_key_v1.pem',
    'https:\\\\gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https:/gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https:gosspublic.alicdn.com/callback_pub_key_v1.pem',
    '//gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'ftp://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://goss\tpublic.alicdn.com/callback_pub_key_v1.pem',
    '\thttps://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    ' https://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem ',
    'https://gosspublic.alicdn.com',
    '',
  ])('refuses %j', (url) => {
    expect(readPublicKeyUrl(base64(url))).toBeUndefined();
  });

  it.each([
    ['plain text', v1],
    ['a line feed after it', `${base64(v1)}\n`],
    ['a line feed inside', `${base64(v1).slice(0, 40)}\n${base64(v1).slice(40)}`],
    ['padding missing', base64(v1).replace(/=+$/, '')],
    ['padding too long', `${base64(v1)}=`],
    ['spare bits set', base64(v1).replace(/0=$/, '1=')],
  ])('refuses base64 that is no encoder writes: %s', (_what, header) => {
    expect(readPublicKeyUrl(header)).toBeUndefined();
  });

  it('trusts a further host only where it is named', () => {
    const header = base64('http://oss.test/callback_pub_key_v2.pem');
    expect(readPublicKeyUrl(header)).toBeUndefined();
    expect(readPublicKeyUrl(header, ['oss.test'])).toBe('https://oss.test/callback_pub_key_v2.pem');
    expect(
      readPublicKeyUrl(base64('http://x.oss.test/callback_pub_key_v2.pem'), ['oss.test']),
    ).toBe(undefined);
  });

  it('gives one of 99 URLs or nothing, whatever comes', () => {
    const near = fc
      .tuple(fc.constantFrom(v1, v1.replace('https', 'http')), fc.nat(60), fc.string())
      .map(([url, at, text]) => base64(url.slice(0, at) + text + url.slice(at + text.length)));
    fc.assert(
      fc.property(
        fc.oneof(near, fc.string({ unit: anyCharacter }), fc.base64String()),
        (header) => {
          expect(readPublicKeyUrl(header) ?? v1).toMatch(
            /^https:\/\/gosspublic\.alicdn\.com\/callback_pub_key_v[1-9]\d?\.pem$/,
          );
        },
      ),
    );
  });
});

describe('OSS_CALLBACK_PUBLIC_KEYS', () => {
  it('holds the vendor key under both schemes, and it verifies the published signature', () => {
    const keys = Object.entries(OSS_CALLBACK_PUBLIC_KEYS);
    expect(keys.map(([url]) => url)).toEqual([v1, v1.replace('https', 'http')]);
    const { url, body, authorization } = PUBLISHED_CALLBACK;
    for (const [, publicKey] of keys) {
      expect(createPublicKey(publicKey).asymmetricKeyDetails).toMatchObject({ modulusLength: 512 });
      const request = { url, body: Buffer.from(body), authorization, publicKey };
      expect(verifyCallbackSignature(request)).toBe(true);
    }
  });

  it('cannot be added to', () => {
    expect(() => Object.assign(OSS_CALLBACK_PUBLIC_KEYS, { 'http://evil': '' })).toThrow(TypeError);
  });
});
