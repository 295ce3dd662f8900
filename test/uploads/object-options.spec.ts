import { describe, expect, it } from 'vitest';
import { type UploadObjectOptions } from '../../src/index.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import { startOss, useTestApp } from '../support/test-app.js';
import { sendForm, sendPut, type UploadAnswer } from './send-upload.js';

const region = 'cn-hangzhou';
const PLAIN = 'uploads';

type Texts = Record<string, string>;

/** What clients can be given, without tags, which forms cannot carry. */
const OPTIONS = {
  cacheControl: 'private, max-age=0',
  contentDisposition: 'attachment; filename="a b.txt"',
  contentEncoding: 'identity',
  storageClass: 'IA',
  serverSideEncryption: 'KMS',
  serverSideEncryptionKeyId: 'key-1',
  metadata: { origin: 'app' },
} satisfies UploadObjectOptions;
const TAGGED = {
  ...OPTIONS,
  tagging: { kind: 'avatar', 'for/whom': 'a b' },
} satisfies UploadObjectOptions;

/** The headers that set them. */
const HEADERS: Texts = {
  'cache-control': 'private, max-age=0',
  'content-disposition': 'attachment; filename="a b.txt"',
  'content-encoding': 'identity',
  'x-oss-storage-class': 'IA',
  'x-oss-server-side-encryption': 'KMS',
  'x-oss-server-side-encryption-key-id': 'key-1',
};

describe('the options of an object', () => {
  let count = 0;

  const app = useTestApp({
    createOss: () =>
      startOss({
        buckets: {
          [PLAIN]: { region },
          archive: { region, storageClass: 'ColdArchive' },
          encrypted: { region, storageClass: 'IA', serverSideEncryption: 'KMS' },
        },
      }),
    options: {
      buckets: {
        main: { bucket: PLAIN, region },
        archive: { bucket: 'archive', region },
        encrypted: { bucket: 'encrypted', region },
      },
    },
  });

  const newObject = () => `options/${(count += 1)}.txt`;
  const failed = (answer: UploadAnswer) => {
    expect([answer.status, answer.text]).toEqual([
      203,
      expect.stringMatching(/CallbackFailed.*Error status : 409\./s),
    ]);
  };
  async function expectRejected(uploadId: string, problem: string) {
    expect(await app.audit.get(uploadId)).toMatchObject({
      status: 'rejected',
      completedAt: null,
      lastError: expect.stringContaining(problem),
    });
  }
  async function expectStored(uploadId: string, object: string, of: UploadObjectOptions = TAGGED) {
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed', object });
    const { headers, metadata } = app.oss.objects.get(PLAIN, object)!;
    expect(headers).toMatchObject(HEADERS);
    expect(headers['x-oss-tagging']).toBe(of.tagging && 'kind=avatar&for%2Fwhom=a%20b');
    expect(metadata).toEqual({ 'upload-id': uploadId, origin: 'app' });
  }
  /** As an SDK does: the client signs whatever it likes. */
  async function sendBySdk(object: string, headers: Texts, bucket = PLAIN): Promise<UploadAnswer> {
    const request = { method: 'PUT', bucket, object, query: {}, headers };
    const signed = signRequestV4(request, {
      credentials: app.oss.credentials[0]!,
      region,
      signedAt: new Date(),
    });
    return sendPut(
      {
        url: `${app.oss.url}/${bucket}/${object}`,
        method: 'PUT',
        headers: { ...headers, ...signed },
      },
      'hello',
    );
  }

  describe('are stored as they were authorised', () => {
    it('by a form, which carries no tags', async () => {
      const object = newObject();
      const form = await app.uploads.authorizePostObject({ object, ...OPTIONS });
      expect((await sendForm(form, 'hello')).status).toBe(200);
      await expectStored(form.uploadId, object, OPTIONS);
      await expect(
        app.uploads.authorizePostObject({ object: newObject(), ...TAGGED }),
      ).rejects.toMatchObject({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining('"tagging" cannot be sent with a form'),
      });
    });

    it.each(['v4', 'v1'] as const)('by a presigned PUT of version %s', async (signatureVersion) => {
      const object = newObject();
      const put = await app.uploads.authorizePutObject({ object, signatureVersion, ...TAGGED });
      expect((await sendPut(put, 'hello')).status).toBe(200);
      await expectStored(put.uploadId, object);
    });

    it('by a multipart upload', async () => {
      const object = newObject();
      const upload = await app.uploads.authorizeMultipart({ object, sizeBytes: 5, ...TAGGED });
      await sendPut(upload.parts[0]!, 'hello');
      const { url, headers } = upload.complete;
      expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
      await expectStored(upload.uploadId, object);
    });

    it('by the app itself', async () => {
      const object = newObject();
      const { uploadId } = await app.uploads.putObject({ object, body: 'hello', ...TAGGED });
      await expectStored(uploadId, object);
    });

    it('by an SDK that sends the headers it was given', async () => {
      const object = newObject();
      const { headers, callback, uploadId } = await app.uploads.authorizeSdk({ object, ...TAGGED });
      const answer = await sendBySdk(object, { ...headers, ...callback.headers });
      expect(answer.status).toBe(200);
      await expectStored(uploadId, object);
    });

    it('and found as they were authorised where the callback got lost', async () => {
      const object = newObject();
      const put = await app.uploads.authorizePutObject({ object, ...TAGGED });
      app.oss.faults.inject({ at: 'callback', effect: 'drop' });
      expect((await sendPut(put, 'hello')).status).toBe(203);
      const { uploads } = await app.reconciler.run({ uploadIds: [put.uploadId] });
      expect(uploads).toMatchObject([{ uploadId: put.uploadId, outcome: 'completed' }]);
      await expectStored(put.uploadId, object);
    });
  });

  it.each(Object.entries({ ...HEADERS, 'x-oss-meta-origin': 'app', 'x-oss-tagging': 'a=b' }))(
    'leave an uploader with a presigned PUT no other %s',
    async (name) => {
      const object = newObject();
      const { headers, ...put } = await app.uploads.authorizePutObject({ object, ...TAGGED });
      const sent: Texts = Object.fromEntries(
        Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]),
      );
      expect(sent[name]).toBeDefined();
      const { [name]: _left, ...others } = sent;
      const answerTo = async (altered: Texts) => {
        const { status, text } = await sendPut({ ...put, headers: altered }, 'hello');
        return [status, /<Code>(\w+)</.exec(text)?.[1]];
      };
      const mismatch = [403, 'SignatureDoesNotMatch'];
      expect(await answerTo({ ...sent, [name]: 'Standard' })).toEqual(mismatch);
      // OSS names a header that is missing from those that the signature lists
      const missing = name.startsWith('x-oss-') ? mismatch : [400, 'InvalidArgument'];
      expect(await answerTo(others)).toEqual(missing);
      expect((await sendPut({ ...put, headers: sent }, 'hello')).status).toBe(200);
    },
  );

  /** What an uploader may set of his own, and what the record says of it. */
  const additions: [string, string, string][] = [
    ['x-oss-storage-class', 'ColdArchive', 'x-oss-storage-class is "ColdArchive"'],
    ['x-oss-storage-class', 'Archive', 'x-oss-storage-class is "Archive"'],
    ['x-oss-tagging', 'delete-after=1d', 'x-oss-tagging-count is "1"'],
    ['Cache-Control', 'max-age=31536000', 'Cache-Control is "max-age=31536000"'],
    ['Content-Disposition', 'inline; filename="a.html"', 'Content-Disposition is "inline'],
    ['Content-Encoding', 'br', 'Content-Encoding is "br"'],
    ['Expires', 'Thu, 01 Jan 2099 00:00:00 GMT', 'Expires is "Thu'],
    ['x-oss-meta-role', 'admin', 'x-oss-meta-* is'],
  ];

  describe('that an upload was not given make it rejected', () => {
    it.each(additions)('of a form, with %s: %s', async (name, value, problem) => {
      const object = newObject();
      const { fields, ...form } = await app.uploads.authorizePostObject({ object });
      failed(await sendForm({ ...form, fields: { ...fields, [name]: value } }, 'hello'));
      await expectRejected(form.uploadId, problem);
    });

    it.each(additions.filter(([name]) => !name.startsWith('x-oss-')))(
      'of a presigned PUT, which signs none of these where none was given, with %s: %s',
      async (name, value, problem) => {
        const { headers, ...put } = await app.uploads.authorizePutObject({ object: newObject() });
        failed(await sendPut({ ...put, headers: { ...headers, [name]: value } }, 'hello'));
        await expectRejected(put.uploadId, problem);
      },
    );

    it('of a presigned PUT of version 1, which signs no Cache-Control', async () => {
      const object = newObject();
      const { headers, ...put } = await app.uploads.authorizePutObject({
        object,
        signatureVersion: 'v1',
        cacheControl: 'no-store',
      });
      const altered = { ...headers, 'Cache-Control': 'public' };
      failed(await sendPut({ ...put, headers: altered }, 'hello'));
      await expectRejected(
        put.uploadId,
        'Cache-Control is "public"; the authorisation specified another',
      );
    });

    it.each(additions)('of an SDK, with %s: %s', async (name, value, problem) => {
      const object = newObject();
      const { headers, callback, uploadId } = await app.uploads.authorizeSdk({ object });
      failed(await sendBySdk(object, { ...headers, ...callback.headers, [name]: value }));
      await expectRejected(uploadId, problem);
    });

    it('of an SDK that leaves out what it was given', async () => {
      const object = newObject();
      const { callback, headers, uploadId } = await app.uploads.authorizeSdk({
        object,
        storageClass: 'IA',
      });
      const { 'x-oss-storage-class': _class, ...others } = headers;
      failed(await sendBySdk(object, { ...others, ...callback.headers }));
      await expectRejected(
        uploadId,
        'x-oss-storage-class is "Standard"; the authorisation specified another',
      );
    });

    it('also where the callback got lost', async () => {
      const object = newObject();
      const { fields, ...form } = await app.uploads.authorizePostObject({ object });
      app.oss.faults.inject({ at: 'callback', effect: 'drop' });
      const added = { ...fields, 'x-oss-storage-class': 'ColdArchive' };
      expect((await sendForm({ ...form, fields: added }, 'hello')).status).toBe(203);
      const { uploads } = await app.reconciler.run({ uploadIds: [form.uploadId] });
      expect(uploads).toMatchObject([{ outcome: 'rejected' }]);
      await expectRejected(form.uploadId, 'x-oss-storage-class is "ColdArchive"');
    });
  });

  it('may be metadata of the uploader’s own, where that is asked for', async () => {
    const object = newObject();
    const { fields, ...form } = await app.uploads.authorizePostObject({ object, metadata: 'any' });
    const added = { ...fields, 'x-oss-meta-name': 'a.txt' };
    expect((await sendForm({ ...form, fields: added }, 'hello')).status).toBe(200);
    expect(await app.audit.get(form.uploadId)).toMatchObject({ status: 'completed' });
  });

  describe('that come from the bucket, since no upload names them, count', () => {
    const send = async (bucket: string, kind: string, more: UploadObjectOptions = {}) => {
      const request = { bucket, object: newObject(), ...more };
      if (kind === 'form') {
        const form = await app.uploads.authorizePostObject(request);
        return { uploadId: form.uploadId, answer: await sendForm(form, 'hello') };
      }
      const put = await app.uploads.authorizePutObject(request);
      return { uploadId: put.uploadId, answer: await sendPut(put, 'hello') };
    };

    it.each([
      ['archive', 'form'],
      ['archive', 'PUT'],
      ['encrypted', 'form'],
      ['encrypted', 'PUT'],
    ])('in the bucket %s, by %s', async (bucket, kind) => {
      const { uploadId, answer } = await send(bucket, kind);
      expect(answer.status).toBe(200);
      expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed' });
    });

    it('unless the upload names others', async () => {
      const { uploadId, answer } = await send('archive', 'PUT', { storageClass: 'Standard' });
      expect(answer.status).toBe(200);
      expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed' });
    });

    it('and not another archive class of the uploader’s choice', async () => {
      const object = newObject();
      const { fields, ...form } = await app.uploads.authorizePostObject({
        bucket: 'archive',
        object,
      });
      const added = { ...fields, 'x-oss-storage-class': 'DeepColdArchive' };
      failed(await sendForm({ ...form, fields: added }, 'hello'));
      await expectRejected(
        form.uploadId,
        "the authorisation specified none, and the bucket's own is ColdArchive",
      );
    });
  });
});
