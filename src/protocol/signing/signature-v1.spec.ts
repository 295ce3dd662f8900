import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presignRequestV1, signatureV1, signPolicyV1, stringToSignV1 } from './signature-v1.js';

const secret = 'OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV';
const documented = { accessKeyId: '44CF9590006BF252F707', accessKeySecret: secret };

describe('V1, the published values', () => {
  it('of the PUT sample', () => {
    const text = stringToSignV1(
      {
        method: 'PUT',
        bucket: 'oss-example',
        object: 'nelson',
        query: {},
        headers: {
          'Content-Md5': 'ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=',
          'Content-Type': 'text/html',
          'X-OSS-Meta-Author': 'foo@bar.com',
          'X-OSS-Magic': 'abracadabra',
        },
      },
      'Thu, 17 Nov 2005 18:49:58 GMT',
    );
    expect(text).toBe(
      'PUT\nODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=\ntext/html\nThu, 17 Nov 2005 18:49:58 GMT\nx-oss-magic:abracadabra\nx-oss-meta-author:foo@bar.com\n/oss-example/nelson',
    );
    expect(signatureV1(text, secret)).toBe('26NBxoKdsyly4EDv6inkoDft/yA=');
  });

  it('of the URL sample', () => {
    const query = presignRequestV1(
      { method: 'GET', bucket: 'oss-example', object: 'oss-api.pdf', query: {}, headers: {} },
      { credentials: documented, expiresAt: new Date(1_141_889_120_000) },
    );
    expect(query).toEqual({
      OSSAccessKeyId: '44CF9590006BF252F707',
      Expires: '1141889120',
      Signature: 'EwaNTn1erJGkimiJ9WmXgwnANLc=',
    });
  });

  it('of the Go SDK, with x-oss-date', () => {
    const date = 'Wed, 28 Dec 2022 10:27:41 GMT';
    const text = stringToSignV1(
      {
        method: 'PUT',
        bucket: 'examplebucket',
        object: 'nelson',
        query: { acl: '', 'not-signed': '1' },
        headers: {
          'Content-MD5': 'eB5eJF1ptWaXm4bijSPyxw==',
          'Content-Type': 'text/html',
          'x-oss-date': date,
          'x-oss-meta-author': 'alice',
          'x-oss-meta-magic': 'abracadabra',
        },
      },
      date,
    );
    expect(signatureV1(text, 'sk')).toBe('/afkugFbmWDQ967j1vr6zygBLQk=');
  });

  it('of the Go SDK, with a security token in the query', () => {
    const query = presignRequestV1(
      {
        method: 'GET',
        bucket: 'bucket',
        object: 'key+123',
        query: { versionId: 'versionId' },
        headers: {},
      },
      {
        credentials: { accessKeyId: 'ak', accessKeySecret: 'sk', securityToken: 'token' },
        expiresAt: new Date(1_699_808_204_000),
      },
    );
    expect(query.Signature).toBe('jzKYRrM5y6Br0dRFPaTGOsbrDhY=');
    expect(query['security-token']).toBe('token');
  });
});

describe('stringToSignV1', () => {
  it('holds callback and callback-var as sub-resources, not encoded', () => {
    const text = stringToSignV1(
      {
        method: 'PUT',
        bucket: 'b',
        object: 'k',
        query: { 'callback-var': 'e30=', callback: 'a+/=', prefix: 'free' },
        headers: {},
      },
      '1',
    );
    expect(text.split('\n').at(-1)).toBe('/b/k?callback=a+/=&callback-var=e30=');
  });
});

describe('signPolicyV1', () => {
  it('signs the base64 text', () => {
    expect(signPolicyV1('e30=', documented)).toEqual({
      OSSAccessKeyId: documented.accessKeyId,
      Signature: signatureV1('e30=', secret),
    });
  });
});

interface AliOssSigner {
  buildCanonicalString(
    method: string,
    resource: string,
    request: { headers: object; parameters: object },
    expires: string,
  ): string;
  computeSignature(accessKeySecret: string, text: string): string;
}

describe('agreement with ali-oss', () => {
  const aliOss = createRequire(import.meta.url)('ali-oss/lib/common/signUtils.js') as AliOssSigner;
  const text = fc.string({ unit: 'grapheme', minLength: 1 });

  it('on any object, sub-resource and header', () => {
    fc.assert(
      fc.property(text, text, text, text, (object, callback, author, type) => {
        const headers = { 'content-type': type.trim(), 'X-Oss-Meta-Author': author };
        const query = { callback, uploads: '' };
        const theirs = aliOss.buildCanonicalString(
          'PUT',
          `/b/${object}`,
          { headers, parameters: query },
          '1',
        );
        const ours = stringToSignV1({ method: 'PUT', bucket: 'b', object, query, headers }, '1');
        expect(ours).toBe(theirs);
        expect(signatureV1(ours, secret)).toBe(aliOss.computeSignature(secret, theirs));
      }),
    );
  });
});
