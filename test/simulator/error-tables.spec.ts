import { describe, expect, it } from 'vitest';
import { presignRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { Fault } from '../../src/simulator/index.js';
import { ecOf, type Form, postForm, readError } from './error-documents.js';
import {
  type AppAnswer,
  bucket,
  codeOf,
  credentials,
  messageOf,
  putWithCallback,
  region,
  type RequestParts,
  send,
  startApp,
  startSimulator,
} from './simulator-harness.js';

describe('203 CallbackFailed', () => {
  it.each<[string, AppAnswer | Fault | 'nothing' | 'late', string, string?]>([
    ['301', { status: 301, headers: { location: '/a' } }, 'Error status : 301.', '0007-00000203'],
    ['400', { status: 400 }, 'Error status : 400.', '0007-00000203'],
    ['404', { status: 404 }, 'Error status : 404.', '0007-00000203'],
    ['502', { status: 502 }, 'Error status : 502.', '0007-00000203'],
    ['nothing listens', 'nothing', 'Error status : 502.', '0007-00000203'],
    ['no JSON', { body: '<html>' }, 'Response body is not valid json format.', '0007-00000205'],
    ['BOM', { body: '\uFEFF{}' }, 'Response body is not valid json format.', '0007-00000205'],
    ['late', 'late', 'Cost too long time.', '0007-00000202'],
    [
      'no length',
      { headers: { 'transfer-encoding': 'chunked' } },
      'Error Status : 400.User server missing content-length.',
    ],
    ['empty', { body: '' }, 'Error Status : 400.User server return invalid conent-length value.'],
    [
      'too long',
      { body: `"${'x'.repeat(1024 * 1024)}"` },
      'Error Status : 400.User server return too long content-length value.',
    ],
    [
      'cannot connect',
      { at: 'callback', effect: 'drop' },
      'Error status : -1.OSS can not connect to your callbackUrl, please check it.',
    ],
    [
      'overloaded',
      { at: 'callback', effect: 'fail', message: 'Too many callback requests.' },
      'Too many callback requests.',
    ],
  ])('%s', async (_what, cause, message, ec) => {
    const isAnswer = typeof cause === 'object' && !('at' in cause);
    const app = await startApp(() => (isAnswer ? cause : cause === 'late' ? undefined : {}));
    const simulator = await startSimulator({ callbackTimeoutMs: cause === 'late' ? 50 : 5_000 });
    if (typeof cause === 'object' && 'at' in cause) simulator.faults.inject(cause);
    const url = cause === 'nothing' ? 'http://127.0.0.1:1/' : app.url;
    const { response, text } = await putWithCallback(simulator, url);
    expect([response.status, codeOf(text), messageOf(text), ecOf(text)]).toEqual([
      203,
      'CallbackFailed',
      message,
      ec,
    ]);
    expect(response.headers.get('etag')).not.toBeNull();
  });
});

describe('errors of forms', () => {
  const policyOf = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64');
  it.each<[string, Form, number, string, string | RegExp, string?]>([
    [
      'expired',
      { expiresAt: new Date(0) },
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy expired.',
    ],
    [
      'condition',
      {
        conditions: [['eq', '$success_action_status', '200']],
        fields: { success_action_status: '201' },
      },
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy Condition failed: [&quot;eq&quot;, &quot;$success_action_status&quot;, &quot;200&quot;]',
      '0006-00000227',
    ],
    [
      'condition on a field that is missing',
      { conditions: [['not-in', '$x-oss-storage-class', ['ColdArchive']]] },
      403,
      'AccessDenied',
      /^Invalid according to Policy: Policy Condition failed/,
      '0006-00000226',
    ],
    [
      'two properties',
      {
        policy: policyOf({ expiration: '2099-01-01T00:00:00Z', conditions: [{ a: '1', b: '2' }] }),
      },
      400,
      'InvalidPolicyDocument',
      'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    ],
    ['no JSON', { policy: 'AAAA' }, 400, 'InvalidPolicyDocument', /^Invalid Policy: Invalid JSON/],
    [
      'too large',
      { conditions: [['content-length-range', 0, 3]] },
      400,
      'EntityTooLarge',
      'Your proposed upload exceeds the maximum allowed size.',
    ],
    [
      'too small',
      { conditions: [['content-length-range', 30, 40]] },
      400,
      'EntityTooSmall',
      'Your proposed upload smaller than the minimum allowed size.',
    ],
    [
      'no key',
      { without: 'key' },
      400,
      'InvalidArgument',
      /^The bucket POST must contain the specified .*key.*\. If it is specified, please check the order of the fields$/,
    ],
    ['no file', { without: 'file' }, 400, 'IncorrectNumberOfFilesInPOSTRequest', /one file/],
  ])('%s', async (_what, form, status, code, message, ec) => {
    const simulator = await startSimulator();
    const [gotStatus, gotCode, gotMessage, gotEc] = await readError(
      await postForm(simulator.url, form),
    );
    expect([gotStatus, gotCode, gotEc]).toEqual([status, code, ec]);
    if (typeof message === 'string') expect(gotMessage).toBe(message);
    else expect(gotMessage).toMatch(message);
  });
});

describe('errors of requests', () => {
  const list = (parts: string) => `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  const part = (number: number, etag: string) =>
    `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
  const NO_UPLOAD =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';

  it.each<[string, RequestParts & { parts?: boolean }, (string | number | undefined)[]]>([
    ['no key', {}, [404, 'NoSuchKey', 'The specified key does not exist.', '0026-00000001']],
    ['no upload', { query: { uploadId: 'A' } }, [404, 'NoSuchUpload', NO_UPLOAD, '0042-00000002']],
    [
      'digest',
      { method: 'PUT', body: 'a', headers: { 'content-md5': 'AAAA' } },
      [400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.', undefined],
    ],
    [
      'parts in disorder',
      { method: 'POST', parts: true, body: list(`${part(2, 'B')}${part(1, 'A')}`) },
      [400, 'InvalidPart', expect.any(String) as string, undefined],
    ],
    [
      'no XML',
      { method: 'POST', parts: true, body: 'a' },
      [400, 'MalformedXML', expect.any(String) as string, '0031-00000001'],
    ],
    [
      'all parts, and a list',
      { method: 'POST', parts: true, body: list(''), headers: { 'x-oss-complete-all': 'yes' } },
      [
        400,
        'InvalidArgument',
        'Should not speficy both complete all header and http body.',
        '0042-00000216',
      ],
    ],
  ])('%s', async (_what, { parts, ...request }, expected) => {
    const simulator = await startSimulator();
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
    const answer = await send(simulator, { ...request, ...(parts ? { query: { uploadId } } : {}) });
    expect(await readError(answer)).toEqual(expected);
  });

  it('expired URLs, half signatures, unknown keys and buckets, no length', async () => {
    const simulator = await startSimulator();
    const base = `${simulator.url}/${bucket}/a`;
    const expired = presignRequestV4(
      { method: 'GET', bucket, object: 'a', query: {}, headers: {} },
      { credentials, region, signedAt: new Date(Date.now() - 60_000), expiresInSeconds: 1 },
    );
    const ask = async (url: string, init?: RequestInit) => readError(await fetch(url, init));
    expect(await ask(`${base}?${new URLSearchParams(expired).toString()}`)).toEqual([
      403,
      'AccessDenied',
      'Request has expired.',
      undefined,
    ]);
    expect(await ask(`${base}?OSSAccessKeyId=a&Signature=b`)).toEqual([
      403,
      'AccessDenied',
      'Query string authentication requires the Signature, Expires and OSSAccessKeyId parameters.',
      undefined,
    ]);
    expect(await ask(`${base}?OSSAccessKeyId=a&Signature=b&Expires=9999999999`)).toEqual([
      403,
      'InvalidAccessKeyId',
      'The OSS Access Key Id you provided does not exist in our records.',
      '0002-00000902',
    ]);
    expect(await ask(`${simulator.url}/nowhere/a`)).toEqual([
      404,
      'NoSuchBucket',
      'The specified bucket does not exist.',
      '0015-00000101',
    ]);
  });
});
