import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { ObjectOptions } from '../../protocol/object-options.js';
import { evaluatePostPolicy } from '../../protocol/signing/post-policy.js';
import { signPolicyV4 } from '../../protocol/signing/signature-v4.js';
import type { SignedUpload } from './prepare-upload.js';
import { pinnedHeaders } from './carrier.js';
import { checkFields, POST_OBJECT, signPostForm } from './post-form.js';

const credentials = { accessKeyId: 'LTAI5tKey', accessKeySecret: 'aSecretOfTheAccount' };
const signedAt = new Date('2026-01-01T00:00:00Z');

function prepared(changes: Partial<SignedUpload> = {}, securityToken?: string) {
  const upload = {
    ossBucket: { bucket: 'photos', region: 'cn-hangzhou' },
    credentials: { ...credentials, ...(securityToken ? { securityToken } : {}) },
    object: 'avatars/文 "$1".png',
    callback: { callback: 'eyJjYWxsYmFja1VybCI6IiJ9' },
    minSizeBytes: 1,
    maxSizeBytes: 10,
    contentTypes: [] as string[],
    signedAt,
    expiresAt: new Date('2026-01-01T00:15:00Z'),
    contentType: undefined,
    overwrite: false,
    objectOptions: {},
    variables: { userId: '7' },
    callbackVariables: { 'x:user_id': '7' },
    ...changes,
  };
  const headers = pinnedHeaders(POST_OBJECT, 'ID', upload as SignedUpload, upload.objectOptions);
  return { ...upload, headers } as unknown as SignedUpload;
}

/** What OSS says to a form, with these fields changed; `undefined` leaves one out. */
function judge(
  fields: Record<string, string>,
  changed: Record<string, string | undefined> = {},
  of: { sizeBytes?: number; bucket?: string; now?: Date } = {},
) {
  const sent = Object.entries({ ...fields, ...changed }).filter((field) => field[1] !== undefined);
  return evaluatePostPolicy(fields.policy!, {
    bucket: 'photos',
    sizeBytes: 10,
    now: signedAt,
    fields: new Map(sent as [string, string][]),
    ...of,
  }).ok;
}

describe('a signed form', () => {
  const fields = signPostForm(prepared({}, 'sts-token'));

  it('has every field that OSS wants, and the variables', () => {
    expect(fields).toEqual({
      key: 'avatars/文 "$1".png',
      callback: 'eyJjYWxsYmFja1VybCI6IiJ9',
      success_action_status: '200',
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
      'x-oss-forbid-overwrite': 'true',
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': 'LTAI5tKey/20260101/cn-hangzhou/oss/aliyun_v4_request',
      'x-oss-date': '20260101T000000Z',
      'x-oss-security-token': 'sts-token',
      'x:user_id': '7',
      policy: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      'x-oss-signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is signed as OSS computes it, and OSS takes it', () => {
    const scope = { credentials, region: 'cn-hangzhou', signedAt };
    expect(fields['x-oss-signature']).toBe(signPolicyV4(fields.policy!, scope)['x-oss-signature']);
    expect(judge(fields)).toBe(true);
    expect(judge(fields, {}, { sizeBytes: 1 })).toBe(true);
  });

  it.each([
    'key',
    'callback',
    'success_action_status',
    'x-oss-meta-upload-id',
    'x-oss-object-acl',
    'x-oss-forbid-overwrite',
    'x-oss-signature-version',
    'x-oss-credential',
    'x-oss-date',
    'x-oss-security-token',
  ])('is refused with another %s, or none', (name) => {
    expect(judge(fields, { [name]: `${fields[name]}x` })).toBe(false);
    expect(judge(fields, { [name]: undefined })).toBe(false);
  });

  it.each<[string, Parameters<typeof judge>[2]]>([
    ['a file too large', { sizeBytes: 11 }],
    ['a file too small', { sizeBytes: 0 }],
    ['another bucket', { bucket: 'videos' }],
    ['after its time', { now: new Date('2026-01-01T00:15:00Z') }],
  ])('is refused with %s', (_what, of) => expect(judge(fields, {}, of)).toBe(false));

  it('takes no more than OSS does where no limit was set', () => {
    const open = signPostForm(prepared({ minSizeBytes: 0, maxSizeBytes: undefined }));
    expect(judge(open, {}, { sizeBytes: 5 * 1024 ** 3 })).toBe(true);
    expect(judge(open, {}, { sizeBytes: 5 * 1024 ** 3 + 1 })).toBe(false);
  });

  it('lets an upload overwrite where it may', () => {
    expect(signPostForm(prepared({ overwrite: true }))).not.toHaveProperty(
      'x-oss-forbid-overwrite',
    );
  });
});

describe('the type of a form', () => {
  type Types = (string | undefined)[];
  it.each<[string, string | undefined, string[], string | undefined, Types, Types]>([
    ['exact by request', 'image/png', ['image/*'], 'image/png', ['image/png'], ['image/gif', undefined]],
    ['one of several', undefined, ['image/png', 'image/gif'], undefined, ['image/png', 'image/gif'], ['image/webp', undefined]],
    ['of a family', undefined, ['image/*'], undefined, ['image/webp'], ['text/html', 'imagex/png', undefined]],
    ['of a family, twice', undefined, ['image/png', 'image/*'], undefined, ['image/webp'], ['text/html']],
    ['of several families, checked later', undefined, ['image/*', 'video/mp4'], undefined, ['text/html'], [undefined]],
    ['any', undefined, [], undefined, ['text/html', undefined], []],
  ])('%s', (_what, contentType, contentTypes, field, taken, refused) => {
    const fields = signPostForm(prepared({ contentType, contentTypes }));
    expect(fields['x-oss-content-type']).toBe(field);
    for (const type of taken) expect(judge(fields, { 'x-oss-content-type': type })).toBe(true);
    for (const type of refused) expect(judge(fields, { 'x-oss-content-type': type })).toBe(false);
  }); // prettier-ignore
});

describe('the options of a form’s object', () => {
  const objectOptions: ObjectOptions = {
    cacheControl: 'no-store',
    contentDisposition: 'attachment; filename="a$.pdf"',
    contentEncoding: 'gzip',
    storageClass: 'IA',
    serverSideEncryption: 'KMS',
    serverSideEncryptionKeyId: 'key',
    metadata: { origin: 'app' },
  };
  const fields = signPostForm(prepared({ objectOptions }));
  const sent = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]),
  );

  it('are taken as they were given', () => expect(judge(sent)).toBe(true));

  it.each([
    'cache-control',
    'content-disposition',
    'content-encoding',
    'x-oss-storage-class',
    'x-oss-server-side-encryption',
    'x-oss-server-side-encryption-key-id',
    'x-oss-meta-origin',
  ])('are refused with another %s, or none', (name) => {
    expect(sent[name]).toBeDefined();
    expect(judge(sent, { [name]: `${sent[name]}x` })).toBe(false);
    expect(judge(sent, { [name]: undefined })).toBe(false);
  });
});

describe('a form cannot carry', () => {
  it.each<[string, Partial<SignedUpload>]>([
    ['an object with a line feed', { object: 'a\nb' }],
    ['an object with a carriage return', { object: 'a\r' }],
    ['an object that OSS would rename', { object: 'a/${filename}' }],
    ['tags, which OSS does not take from forms', { objectOptions: { tagging: { a: 'b' } } }],
    ['a variable with a line feed', { variables: { note: 'a\nb' } }],
    ['a variable with a carriage return', { variables: { note: 'a\rb' } }],
  ])('%s', (_what, changes) => {
    expect(() => checkFields(prepared(changes))).toThrow(
      expect.objectContaining({ code: 'INVALID_UPLOAD_REQUEST' }),
    );
  });

  it('what FormData does not send as it is; CR LF it does', async () => {
    const sent = async (value: string) => {
      const form = new FormData();
      form.set('x:note', value);
      return (await new Response(form).text()).includes(`\r\n\r\n${value}\r\n--`);
    };
    expect(await sent('a\nb')).toBe(false);
    expect(await sent('a\rb')).toBe(false);
    expect(await sent('a\r\nb')).toBe(true);
    expect(() => checkFields(prepared({ variables: { note: 'a\r\nb' } }))).not.toThrow();
  });
});
