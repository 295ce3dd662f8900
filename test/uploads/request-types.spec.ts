import 'reflect-metadata';
import * as fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { FakeOssUploadService } from '../../src/testing/index.js';
import { audienceOf, UploadTickets } from '../../src/ticket/upload-tickets.js';
import {
  authorizeMultipart,
  authorizeParts,
} from '../../src/upload/authorize/authorize-multipart.js';
import { authorizeSdk } from '../../src/upload/authorize/authorize-sdk.js';
import { authorizePostObject } from '../../src/upload/authorize/post-form.js';
import type { PreparedUpload } from '../../src/upload/authorize/prepare-upload.js';
import { authorizePutObject } from '../../src/upload/authorize/presigned-put.js';
import { putObject } from '../../src/upload/send/put-object.js';
import { uploadFile } from '../../src/upload/send/upload-file.js';

/** Thrown in place of the ticket's row, when an upload of the app itself has passed all checks. */
class Authorised extends Error {}

const options = resolveOssCallbackOptions(
  {
    publicUrl: 'https://api.example.com',
    buckets: { main: { bucket: 'photos', region: 'cn-hangzhou' } },
    credentials: { accessKeyId: 'LTAI5tKey', accessKeySecret: 'aSecretOfTheAccount' },
    tickets: { secrets: ['f3a9c1d27b845e60f3a9c1d27b845e60'] },
  },
  'test',
);
const tickets = new UploadTickets(options.tickets.secrets, audienceOf(options));
/** Of several parts. */
const FILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/** Authorises, and gives the upload that a ticket was issued for. */
async function authorise(
  method: Method,
  request: unknown,
): Promise<{ uploadId: string; object: string } | undefined> {
  let authorised: PreparedUpload | undefined;
  const isOwn = method === 'putObject' || method === 'uploadFile';
  const context = {
    options,
    tickets,
    targets: { find: () => [{ url: 'https://api.example.com/oss/callback' }] },
    ticketStore: {
      add: async (upload: unknown) => {
        authorised = upload as PreparedUpload;
        if (isOwn) throw new Authorised();
      },
    },
  };
  const given = request as never;
  try {
    if (method === 'authorizePostObject') await authorizePostObject(given, context);
    if (method === 'authorizePutObject') await authorizePutObject(given, context);
    if (method === 'authorizeSdk') await authorizeSdk(given, context);
    if (method === 'authorizeMultipart') await authorizeMultipart(given, context, async () => 'ID');
    if (method === 'authorizeParts') await authorizeParts(given, options);
    if (method === 'putObject') await putObject(given, context);
    if (method === 'uploadFile') await uploadFile(given, context);
  } catch (error) {
    if (!(error instanceof Authorised)) throw error;
  }
  return authorised;
}

const UPLOAD = [
  'bucket', 'object', 'objectPrefix', 'minSizeBytes', 'maxSizeBytes', 'contentTypes', 'contentType', 'owner', 'variables',
  'callback', 'expiresInSeconds', 'overwrite', 'cacheControl', 'contentDisposition', 'contentEncoding', 'storageClass',
  'serverSideEncryption', 'serverSideEncryptionKeyId', 'tagging', 'metadata',
]; // prettier-ignore
const methods = {
  authorizePostObject: { valid: {}, own: ['signatureVersion'] },
  authorizePutObject: { valid: {}, own: ['signatureVersion', 'callbackIn'] },
  authorizeSdk: { valid: {}, own: ['operation'] },
  authorizeMultipart: { valid: { sizeBytes: 7 }, own: ['sizeBytes', 'partSizeBytes'] },
  authorizeParts: { valid: { handle: 'x', from: 1 }, own: ['handle', 'from', 'to'] },
  putObject: { valid: { body: 'hello' }, own: ['body', 'sizeBytes', 'signal'] },
  uploadFile: {
    valid: { path: FILE, partSizeBytes: 100 * 1024 },
    own: ['path', 'partSizeBytes', 'parallel', 'onProgress', 'signal', 'checkpointPath'],
  },
};
type Method = keyof typeof methods;
/** As a client can write them. */
const ODD: unknown[] = [
  null, '', 'null', 'undefined', 'false', '7', 0, -1, 1, 1e300, true, false, [], {}, [null], ['image/png'], [[]],
  { toString: 1 }, { a: { toString: 1 } }, [{ toString: 1 }], { constructor: 'x' }, { constructor: { name: 'x' } },
  { constructor: 1 }, { hasOwnProperty: 1 }, { length: 1 }, { file: 1 }, { prototype: {} },
  JSON.parse('{"__proto__":"x"}'), JSON.parse('{"a":{"__proto__":null}}'),
]; // prettier-ignore
const names = Object.keys(methods) as Method[];

const refused = (property: string) =>
  expect.objectContaining({
    code: 'INVALID_UPLOAD_REQUEST',
    message: expect.stringContaining(`"${property}"`),
  });

describe.each(names)('%s, with a request that was made of JSON', (method) => {
  const { valid, own } = methods[method];
  const properties = method === 'authorizeParts' ? own : [...UPLOAD, ...own];
  const key = method === 'authorizeParts' ? {} : { objectPrefix: 'a/' };

  /** That a request with these properties ends as it may. */
  async function expectJudged(changes: Record<string, unknown>): Promise<void> {
    const request: Record<string, unknown> = { ...key, ...valid, ...changes };
    const upload = await authorise(method, request).catch((error: unknown) => {
      expect(error, JSON.stringify(changes)).toMatchObject({ code: 'INVALID_UPLOAD_REQUEST' });
    });
    if (!upload) return;
    const { object, objectPrefix } = request;
    expect(upload.object).toBe(object ?? `${objectPrefix as string}${upload.uploadId}`);
  }

  it('authorises what was asked for, or names what is wrong', async () => {
    const given = fc.dictionary(fc.constantFrom(...properties), fc.jsonValue(), {
      minKeys: 1,
      maxKeys: 3,
    });
    await fc.assert(fc.asyncProperty(given, expectJudged), { numRuns: 150 });
  });

  it('is not led astray by a value that JavaScript takes for another', async () => {
    for (const property of properties) {
      for (const value of ODD) {
        await expectJudged({ [property]: value });
        if (property === 'object') await expectJudged({ object: value, objectPrefix: undefined });
      }
    }
  });

  it.each(properties)('does not take null for a "%s" that was left out', async (property) => {
    const otherKey = property.startsWith('object') ? {} : key;
    await expect(authorise(method, { ...otherKey, ...valid, [property]: null })).rejects.toEqual(
      refused(property),
    );
  });

  it.each([null, undefined, 'x', 7])('refuses %j in place of a request', async (request) => {
    await expect(authorise(method, request)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
    });
  });
});

describe('a value of another type is refused, not read as something else:', () => {
  it.each<[string, Record<string, unknown>]>([
    ['object', { object: null }],
    ['object', { object: 1 }],
    ['objectPrefix', { object: undefined, objectPrefix: null }],
    ['contentTypes', { contentTypes: 'image/png' }],
    ['overwrite', { overwrite: 'false' }],
    ['maxSizeBytes', { maxSizeBytes: null }],
    ['owner', { owner: 7 }],
    ['variables', { variables: ['7'] }],
    ['variables', { variables: '' }],
    ['tagging', { tagging: ['a'] }],
    ['metadata', { metadata: ['a'] }],
    ['callbackIn', { callbackIn: 'header' }],
    ['callbackIn', { callbackIn: null }],
    ['signatureVersion', { signatureVersion: 'v2' }],
    ['signatureVersion', { signatureVersion: 4 }],
  ])('%s of %j', async (property, changes) => {
    await expect(authorise('authorizePutObject', { object: 'a', ...changes })).rejects.toEqual(
      refused(property),
    );
  });

  it('also by the fake service, of which an app’s tests are made', async () => {
    const fake = new FakeOssUploadService();
    for (const uploading of [
      fake.putObject({ object: null, body: 'x' } as never),
      fake.putObject({ object: 'a', body: null } as never),
      fake.uploadFile({ object: 'a', path: null } as never),
      fake.authorizePutObject({ object: 'a', callbackIn: null } as never),
    ]) {
      await expect(uploading).rejects.toMatchObject({ code: 'INVALID_UPLOAD_REQUEST' });
    }
  });
});
