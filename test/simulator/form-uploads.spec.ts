import { describe, expect, it } from 'vitest';
import { encodePostPolicy, type PolicyCondition } from '../../src/protocol/signing/post-policy.js';
import { signPolicyV1 } from '../../src/protocol/signing/signature-v1.js';
import { signPolicyV4, v4Credential, v4Date } from '../../src/protocol/signing/signature-v4.js';
import {
  bucket,
  callbackTo,
  codeOf,
  credentials,
  messageOf,
  PNG,
  region,
  startApp,
  startSimulator,
} from './simulator-harness.js';

interface Form {
  conditions?: PolicyCondition[];
  fields?: Record<string, string>;
  /** Fields after the file. */
  after?: Record<string, string>;
  file?: Blob;
  fileName?: string;
  version?: 1 | 4;
  secret?: string;
  signedAt?: Date;
  expiresAt?: Date;
}

function makeForm(form: Form): FormData {
  const scope = {
    credentials: { ...credentials, accessKeySecret: form.secret ?? credentials.accessKeySecret },
    region,
    signedAt: form.signedAt ?? new Date(),
  };
  const bound: PolicyCondition[] = [
    { bucket },
    { 'x-oss-signature-version': 'OSS4-HMAC-SHA256' },
    { 'x-oss-credential': v4Credential(scope) },
    { 'x-oss-date': v4Date(scope.signedAt) },
  ];
  const policy = encodePostPolicy({
    expiresAt: form.expiresAt ?? new Date(Date.now() + 60_000),
    conditions: [...(form.version === 1 ? [{ bucket }] : bound), ...(form.conditions ?? [])],
  });
  const data = new FormData();
  const signature =
    form.version === 1 ? signPolicyV1(policy, scope.credentials) : signPolicyV4(policy, scope);
  const fields = { key: 'up/${filename}', policy, ...signature, ...form.fields };
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append(
    'file',
    form.file ?? new Blob([PNG], { type: 'image/png' }),
    form.fileName ?? 'a.png',
  );
  for (const [name, value] of Object.entries(form.after ?? {})) data.append(name, value);
  return data;
}

async function post(url: string, form: Form) {
  const response = await fetch(`${url}/${bucket}/`, { method: 'POST', body: makeForm(form) });
  const text = await response.text();
  return { response, status: response.status, text, code: codeOf(text), message: messageOf(text) };
}

describe.each([1, 4] as const)('a form signed with V%d', (version) => {
  it('stores and calls back with its variables', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const { callback } = callbackTo(app.url);
    const { response, status, text } = await post(simulator.url, {
      version,
      conditions: [{ callback }, ['starts-with', '$key', 'up/'], ['content-length-range', 1, 500]],
      fields: {
        callback,
        'x:user': '小明 1',
        success_action_status: '201',
        'x-oss-meta-id': 'é中',
      },
      fileName: '图 片.png',
    });
    expect({ status, text }).toEqual({ status: 200, text: '{"ok":true}' });
    expect(response.headers.get('content-type')).toBe('application/json');
    const stored = simulator.objects.get(bucket, 'up/图 片.png');
    expect(stored).toMatchObject({ mimeType: 'image/png', metadata: { id: 'é中' } });
    expect(stored?.bytes).toEqual(PNG);
    const values = new URLSearchParams(app.received[0]?.body.toString());
    expect(values.get('operation')).toBe('PostObject');
    expect(values.get('object')).toBe('up/图 片.png');
    expect(values.get('user')).toBe('小明 1');
    expect(values.get('reqId')).toBe(response.headers.get('x-oss-request-id'));
  });

  it('is refused with a wrong secret', async () => {
    const simulator = await startSimulator();
    const { status, code, text } = await post(simulator.url, { version, secret: 'wrong' });
    expect({ status, code }).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(text).toContain('<StringToSign>');
    expect(simulator.objects.list()).toEqual([]);
  });
});

describe('a form without a callback', () => {
  it.each([
    ['200', 200, ''],
    ['201', 201, '<PostResponse>'],
    ['204', 204, ''],
    ['999', 204, ''],
  ])('asking for %s is answered with %d', async (wanted, status, text) => {
    const simulator = await startSimulator();
    const answer = await post(simulator.url, { fields: { success_action_status: wanted } });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(answer.response.headers.get('etag')).toMatch(/^"[0-9A-F]{32}"$/);
  });
});

describe('the content type of a form', () => {
  it.each([
    [{ 'x-oss-content-type': 'a/x', 'content-type': 'a/field' }, 'image/png', 'a/x'],
    [{ 'Content-Type': 'a/field' }, 'image/png', 'image/png'],
  ])('of %o and file %s is %s', async (fields, type, expected) => {
    const simulator = await startSimulator();
    await post(simulator.url, { fields, file: new Blob([PNG], { type }) });
    expect(simulator.objects.list()[0]?.mimeType).toBe(expected);
  });
});

describe('what a form may not do', () => {
  it.each<[string, Form, number, string]>([
    ['break a condition', { conditions: [{ key: 'other' }] }, 403, 'AccessDenied'],
    ['be too large', { conditions: [['content-length-range', 0, 10]] }, 400, 'EntityTooLarge'],
    ['be too small', { conditions: [['content-length-range', 1000, 2000]] }, 400, 'EntityTooSmall'],
    ['come late', { expiresAt: new Date(Date.now() - 1000) }, 403, 'AccessDenied'],
    [
      'be signed in the future',
      { signedAt: new Date(Date.now() + 16 * 60_000) },
      403,
      'RequestTimeTooSkewed',
    ],
    ['have no key', { fields: { key: '' } }, 400, 'InvalidArgument'],
    ['have a key with a leading slash', { fields: { key: '/a' } }, 400, 'InvalidObjectName'],
    ['change its policy', { fields: { policy: 'e30=' } }, 403, 'SignatureDoesNotMatch'],
    ['leave out its signature', { fields: { 'x-oss-signature': '' } }, 400, 'InvalidArgument'],
    ['bring a bad callback', { fields: { callback: '%' } }, 400, 'InvalidArgument'],
    [
      'have a huge field',
      { fields: { a: 'x'.repeat(2 * 1024 * 1024 + 1) } },
      400,
      'FieldItemTooLong',
    ],
  ])('%s', async (_what, form, status, code) => {
    const simulator = await startSimulator();
    const answer = await post(simulator.url, form);
    expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
    expect(simulator.objects.list()).toEqual([]);
  });

  it('overwrite where it forbade that itself', async () => {
    const simulator = await startSimulator();
    const form: Form = { fields: { 'X-Oss-Forbid-Overwrite': 'true' } };
    expect((await post(simulator.url, form)).status).toBe(204);
    expect(await post(simulator.url, form)).toMatchObject({
      status: 409,
      code: 'FileAlreadyExists',
    });
  });

  it('call back by a field after the file', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const after = { callback: callbackTo(app.url).callback, key: 'elsewhere' };
    expect((await post(simulator.url, { after })).status).toBe(204);
    expect(app.received).toEqual([]);
    expect(simulator.objects.list().map(({ object }) => object)).toEqual(['up/a.png']);
  });
});

describe('a body that is no form', () => {
  it.each([
    ['text/plain', 'a', 'RequestIsNotMultiPartContent'],
    ['multipart/form-data', 'a', 'RequestIsNotMultiPartContent'],
    ['multipart/form-data; x=1', 'a', 'MalformedPOSTRequest'],
    ['multipart/form-data; boundary=b', 'a', 'MalformedPOSTRequest'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name=key\r\n\r\nk\r\n--b--\r\n',
      'IncorrectNumberOfFilesInPOSTRequest',
    ],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name=key\r\n\r\nk\r\n--b\r\ncontent-disposition: form-data; name=file\r\n\r\ncut off',
      'MalformedPOSTRequest',
    ],
  ])('%s %j is %s', async (type, body, code) => {
    const simulator = await startSimulator({ checkSignatures: false });
    const headers = { 'content-type': type };
    const response = await fetch(`${simulator.url}/${bucket}`, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(codeOf(await response.text())).toBe(code);
    expect(simulator.objects.list()).toEqual([]);
  });
});
