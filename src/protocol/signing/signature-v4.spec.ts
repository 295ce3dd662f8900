import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalRequestV4,
  presignRequestV4,
  signPolicyV4,
  signRequestV4,
  stringToSignV4,
  v4Credential,
  v4Date,
} from './signature-v4.js';

const credentials = { accessKeyId: 'ak', accessKeySecret: 'sk' };
const scopeAt = (unixSeconds: number) => ({
  credentials,
  region: 'cn-hangzhou',
  signedAt: new Date(unixSeconds * 1000),
});
/** The request of the vendor's Go SDK tests. */
const request = (contentType: string) => ({
  method: 'PUT',
  bucket: 'bucket',
  object: '1234+-/123/1.txt',
  query: {
    param1: 'value1',
    '+param1': 'value3',
    '|param1': 'value4',
    '+param2': '',
    '|param2': '',
    param2: '',
  },
  headers: {
    'x-oss-head1': 'value',
    abc: 'value',
    ZAbc: 'value',
    XYZ: 'value',
    'content-type': contentType,
  },
});

describe('V4, the published values', () => {
  it('in headers', () => {
    const headers = signRequestV4(request('text/plain'), scopeAt(1_702_743_657));
    expect(headers).toEqual({
      'x-oss-date': '20231216T162057Z',
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      authorization:
        'OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe',
    });
  });

  it('in headers, with a security token', () => {
    const headers = signRequestV4(request('text/plain'), {
      ...scopeAt(1_702_784_856),
      credentials: { ...credentials, securityToken: 'token' },
    });
    expect(headers['x-oss-security-token']).toBe('token');
    expect(headers.authorization).toContain(
      'Signature=b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea',
    );
  });

  it('in headers, with additional headers, of which absent and always signed ones are left out', () => {
    const headers = signRequestV4(request('text/plain'), {
      ...scopeAt(1_702_747_512),
      additionalHeaders: ['x-oss-no-exist', 'ZAbc', 'x-oss-head1', 'abc', 'absent'],
    });
    expect(headers.authorization).toBe(
      'OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,AdditionalHeaders=abc;zabc,Signature=4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f',
    );
  });

  it('in the query', () => {
    const query = presignRequestV4(request('application/octet-stream'), {
      ...scopeAt(1_702_781_677),
      expiresInSeconds: 599,
    });
    expect(query).toMatchObject({
      '|param1': 'value4',
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-expires': '599',
      'x-oss-credential': 'ak/20231217/cn-hangzhou/oss/aliyun_v4_request',
      'x-oss-signature': 'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe',
    });
  });

  it('in the query, with a security token', () => {
    const query = presignRequestV4(request('application/octet-stream'), {
      ...scopeAt(1_702_785_388),
      credentials: { ...credentials, securityToken: 'token' },
      expiresInSeconds: 599,
    });
    expect(query['x-oss-signature']).toBe(
      '3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5',
    );
  });

  it('in the query, with additional headers', () => {
    const query = presignRequestV4(request('application/octet-stream'), {
      ...scopeAt(1_702_783_809),
      expiresInSeconds: 599,
      additionalHeaders: ['ZAbc', 'abc'],
    });
    expect(query['x-oss-additional-headers']).toBe('abc;zabc');
    expect(query['x-oss-signature']).toBe(
      '6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7',
    );
  });
});

describe('canonicalRequestV4', () => {
  it('sorts encoded query and headers, trims values and names the payload', () => {
    expect(
      canonicalRequestV4(
        {
          method: 'put',
          bucket: 'bucket',
          object: 'dir/文 件.txt',
          query: { b: '/', a: '', 'x-oss-signature': 'never part of it' },
          headers: { 'X-Oss-B': ' 1 ', 'Content-Type': 'text/plain', host: 'h', other: 'o' },
        },
        ['host'],
      ),
    ).toBe(
      [
        'PUT',
        '/bucket/dir/%E6%96%87%20%E4%BB%B6.txt',
        'a&b=%2F',
        'content-type:text/plain',
        'host:h',
        'x-oss-b:1',
        '',
        'host',
        'UNSIGNED-PAYLOAD',
      ].join('\n'),
    );
  });

  it('names a bucket alone with a slash at its end', () => {
    const canonical = canonicalRequestV4({ method: 'GET', bucket: 'b', query: {}, headers: {} });
    expect(canonical.split('\n')[1]).toBe('/b/');
  });
});

describe('the parts of a scope', () => {
  it('have the forms that a policy must repeat', () => {
    const scope = scopeAt(1_702_743_657);
    expect(v4Date(scope.signedAt)).toBe('20231216T162057Z');
    expect(v4Credential(scope)).toBe('ak/20231216/cn-hangzhou/oss/aliyun_v4_request');
    expect(stringToSignV4('', '20231216T162057Z', 'cn-hangzhou')).toBe(
      'OSS4-HMAC-SHA256\n20231216T162057Z\n20231216/cn-hangzhou/oss/aliyun_v4_request\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('go with a policy', () => {
    const fields = signPolicyV4('e30=', scopeAt(1_702_743_657));
    expect(fields).toMatchObject({
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': 'ak/20231216/cn-hangzhou/oss/aliyun_v4_request',
      'x-oss-date': '20231216T162057Z',
    });
    expect(fields['x-oss-signature']).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the key of a signature', () => {
  const day = 86_400;
  const scopes = [0, 1].flatMap((days) =>
    ['cn-hangzhou', 'cn-beijing'].flatMap((region) =>
      Array.from({ length: 20 }, (_, index) => ({
        credentials: { accessKeyId: 'ak', accessKeySecret: `sk${index}` },
        region,
        signedAt: new Date((1_702_743_657 + days * day) * 1000),
      })),
    ),
  );
  /** As the vendor describes it. */
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest();

  it('is that of its secret, day and region, whatever was signed before', () => {
    for (const scope of [...scopes, ...scopes.toReversed()]) {
      const { credentials: signer, region, signedAt } = scope;
      const dayKey = hmac(`aliyun_v4${signer.accessKeySecret}`, v4Date(signedAt).slice(0, 8));
      const key = hmac(hmac(hmac(dayKey, region), 'oss'), 'aliyun_v4_request');
      const expected = hmac(key, 'e30=').toString('hex');
      expect(signPolicyV4('e30=', scope)['x-oss-signature']).toBe(expected);
    }
  });
});

interface AliOssSigner {
  authorizationV4(
    accessKeyId: string,
    accessKeySecret: string,
    region: string,
    method: string,
    request: { headers: object; queries: object },
    bucket: string,
    object: string,
    additionalHeaders: string[],
  ): string;
}

describe('agreement with ali-oss', () => {
  const aliOss = createRequire(import.meta.url)('ali-oss/lib/common/signUtils.js') as AliOssSigner;
  const name = fc.stringMatching(/^[a-z]{1,8}$/); // it sorts by locale, so no other characters
  const text = fc.string({ unit: 'grapheme', minLength: 1 });

  it('on any object, query and header', () => {
    fc.assert(
      fc.property(
        text,
        fc.dictionary(name, text),
        fc.dictionary(name, text),
        (object, query, metadata) => {
          const headers = Object.fromEntries(
            Object.entries(metadata).map(([key, value]) => [`x-oss-meta-${key}`, value]),
          );
          const sent = {
            method: 'PUT',
            bucket: 'b',
            object,
            query,
            headers: { ...headers, host: 'h' },
          };
          const scope = { ...scopeAt(1_702_743_657), additionalHeaders: ['host'] };
          const added = signRequestV4(sent, scope);
          const theirs = aliOss.authorizationV4(
            'ak',
            'sk',
            'cn-hangzhou',
            'PUT',
            { headers: { ...sent.headers, ...added }, queries: query },
            'b',
            object,
            ['host'],
          );
          expect(added.authorization).toBe(theirs);
        },
      ),
    );
  });
});
