import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PublicKeys } from '../callback/keys/public-keys.js';
import { parseCallbackBody } from '../protocol/callback/callback-body.js';
import { verifyCallbackSignature } from '../protocol/callback/callback-signature.js';
import { buildCallbackRequest, createTestKeyPair } from './index.js';

const { privateKey, publicKey } = createTestKeyPair();
const localOssUrl = 'http://127.0.0.1:9100';

it('a request that was built is verified, with the key that it names', async () => {
  const url = '/oss/callback?tenant=%E6%96%87';
  const request = buildCallbackRequest({ url, body: 'a=1', privateKey, localOssUrl });
  const { authorization = '', ...headers } = request.headers;
  const { key } = await new PublicKeys({
    localOss: { url: localOssUrl, publicKey },
    publicKeys: { trustedHosts: [], fingerprints: [] },
    answerWithinMs: 4_000,
    maxCallbacksInFlight: 512,
  }).findSigner(headers['x-oss-pub-key-url']!, () => true);
  const { body } = request;
  expect(verifyCallbackSignature({ url, body, authorization, publicKey: key })).toBe(true);
  expect(verifyCallbackSignature({ url: `${url}x`, body, authorization, publicKey: key })).toBe(
    false,
  );
  expect(request).toMatchObject({ method: 'POST', url, body: Buffer.from('a=1') });
  expect(headers).toMatchObject({
    'content-length': '3',
    'content-md5': createHash('md5').update('a=1').digest('base64'),
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'aliyun-oss-callback',
    'x-oss-signature-version': '1.0',
    'x-oss-tag': 'CALLBACK',
  });
});

it.each([localOssUrl, `${localOssUrl}/`, `${localOssUrl}//`])('the key is at %s', (address) => {
  const { headers } = buildCallbackRequest({
    url: '/',
    body: Buffer.from('{}'),
    privateKey,
    localOssUrl: address,
    contentType: 'application/json',
  });
  expect(Buffer.from(headers['x-oss-pub-key-url']!, 'base64').toString()).toBe(
    `${localOssUrl}/callback_pub_key_v1.pem`,
  );
  expect(headers['content-type']).toBe('application/json');
});

it('names and values become a form that is read as they are', () => {
  const pairs = fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.nat()),
    { minKeys: 1, maxKeys: 5, noNullPrototype: true },
  );
  fc.assert(
    fc.property(pairs, (body) => {
      fc.pre(!JSON.stringify(body).includes('\\u0000'));
      const request = buildCallbackRequest({ url: '/', body, privateKey, localOssUrl });
      const read = parseCallbackBody(request.body);
      if (!read.ok) expect.fail(read.problem);
      expect([...read.values]).toEqual(
        Object.entries(body).map(([name, value]) => [name, String(value)]),
      );
    }),
  );
});

it('names stand as a template writes them', () => {
  const body = { 'imageInfo.width': 1, 'x:user_id': 'a b' };
  const request = buildCallbackRequest({ url: '/', body, privateKey, localOssUrl });
  expect(request.body.toString()).toBe('imageInfo.width=1&x:user_id=a%20b');
});

it('each key pair is another, and signs for itself alone', () => {
  const other = createTestKeyPair();
  const { headers, body, url } = buildCallbackRequest({
    url: '/',
    body: '{}',
    privateKey: other.privateKey,
    localOssUrl,
  });
  const request = { url, body, authorization: headers.authorization! };
  expect(verifyCallbackSignature({ ...request, publicKey: other.publicKey })).toBe(true);
  expect(verifyCallbackSignature({ ...request, publicKey })).toBe(false);
});
