import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import OSS from 'ali-oss';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type {
  OssCallbackError,
  OssUploadTicket,
  ProvidedCredentials,
  SdkAuthorisation,
  StsOptions,
} from '../../src/index.js';
import { OssUploadTicket as Ticket } from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import type { TestApp } from '../support/test-app.js';
import { BUCKETS, ROLE, startSdkApp } from './sdk-world.js';
import { useSdkApp } from './sdk-world.js';

const LARGE = Buffer.alloc(250_000, 'large ');
const region = 'cn-hangzhou';

function client({ credentials }: SdkAuthorisation, ossUrl: string): OSS {
  return new OSS({
    bucket: BUCKETS.withRole,
    region: `oss-${region}`,
    endpoint: ossUrl.replace('127.0.0.1', 'localhost'),
    sldEnable: true,
    authorizationV4: true,
    ...credentials,
    stsToken: credentials?.securityToken,
  } as OSS.Options);
}

async function failure(promise: Promise<unknown>): Promise<OssCallbackError> {
  return promise.then(
    () => Promise.reject(new Error('It did not fail')),
    (error: OssCallbackError) => error,
  );
}

/** Ends so many seconds after it was asked for; STS tells whole ones. */
function expectEnd(end: Date, askedAt: number, seconds: number): void {
  expect(end.getTime()).toBeGreaterThan(askedAt + (seconds - 1) * 1_000);
  expect(end.getTime()).toBeLessThanOrEqual(Date.now() + seconds * 1_000);
}

describe('the credentials for one upload', () => {
  const world = useSdkApp();
  const tickets = () => world.dataSource.getRepository<OssUploadTicket>(Ticket);

  const authorise = (object: string, operation?: 'CompleteMultipartUpload') =>
    world.uploads.authorizeSdk({ bucket: 'withRole', object, operation });

  it('cannot touch another object, and can neither read, list nor delete', async () => {
    const upload = await authorise('users/7/a.txt');
    const oss = client(upload, world.oss.url);
    await world.oss.objects.put({
      bucket: BUCKETS.withRole,
      object: 'users/7/a.txt',
      body: 'before',
    });
    const denied = { status: 403, code: 'AccessDenied' };
    for (const key of ['users/7/a.txt2', 'users/7/', 'users/8/a.txt', 'a.txt']) {
      await expect(oss.put(key, Buffer.from('x'))).rejects.toMatchObject(denied);
      await expect(oss.initMultipartUpload(key)).rejects.toMatchObject(denied);
    }
    await expect(oss.get('users/7/a.txt')).rejects.toMatchObject(denied);
    await expect(oss.delete('users/7/a.txt')).rejects.toMatchObject(denied);
    await expect(oss.head('users/7/a.txt')).rejects.toMatchObject({ status: 403 });
    const other = new OSS({
      ...(oss as unknown as { options: object }).options,
      bucket: 'uploads',
    } as OSS.Options);
    await expect(other.put('users/7/a.txt', Buffer.from('x'))).rejects.toMatchObject(denied);
    expect(world.oss.objects.list()).toHaveLength(1);
  });

  it('can list and abort parts only where they are for an upload in parts', async () => {
    const put = await authorise('parts.bin');
    const parts = await authorise('parts.bin', 'CompleteMultipartUpload');
    const { uploadId } = await client(parts, world.oss.url).initMultipartUpload('parts.bin');
    for (const [upload, allowed] of [
      [put, false],
      [parts, true],
    ] as const) {
      const oss = client(upload, world.oss.url);
      const list = oss.listParts('parts.bin', uploadId);
      const abort = list
        .catch(() => undefined)
        .then(() => oss.abortMultipartUpload('parts.bin', uploadId));
      if (!allowed) {
        await expect(list).rejects.toMatchObject({ status: 403 });
        await expect(abort).rejects.toMatchObject({ status: 403 });
      } else {
        expect(await list).toMatchObject({ res: { status: 200 } });
        expect(await abort).toMatchObject({ res: { status: 204 } });
      }
    }
  });

  it.each([
    ['a*.txt', '*'],
    ['what?.txt', '?'],
    ['${oss:Prefix}/a.txt', '${'],
  ])('are not given for %s', async (object, part) => {
    const before = await tickets().count();
    const error = await failure(authorise(object));
    expect(error.code).toBe('INVALID_UPLOAD_REQUEST');
    expect(error.message).toContain(`The upload's "object" contains "${part}"`);
    expect(await tickets().count()).toBe(before);
    // Without a role there is nothing to widen.
    await expect(world.uploads.authorizeSdk({ object })).resolves.not.toHaveProperty('credentials');
  });

  it('are not given for a name that makes the policy too long', async () => {
    const error = await failure(authorise('"'.repeat(1_000)));
    expect(error.message).toContain('STS accepts 2048');
    await expect(authorise('a'.repeat(1_023))).resolves.toHaveProperty('credentials');
  });

  it('can set tags where the upload has some, and none elsewhere', async () => {
    const put = (upload: SdkAuthorisation, headers: object) =>
      client(upload, world.oss.url).put(upload.object, LARGE, { headers });
    const tagging = { kind: 'avatar' };
    const upload = await world.uploads.authorizeSdk({
      bucket: 'withRole',
      object: 'tagged.bin',
      tagging,
    });
    await put(upload, { ...upload.headers, ...upload.callback.headers });
    expect(await world.audit.get(upload.uploadId)).toMatchObject({ status: 'completed' });
    const other = await authorise('untagged.bin');
    await expect(put(other, { 'x-oss-tagging': 'delete-after=1d' })).rejects.toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  it('are not given for a key in KMS, for which they would need further permissions', async () => {
    const request = { object: 'a.txt', serverSideEncryption: 'KMS' as const };
    const error = await failure(world.uploads.authorizeSdk({ bucket: 'withRole', ...request }));
    expect(error.code).toBe('INVALID_UPLOAD_REQUEST');
    expect(error.message).toContain('The upload\'s "serverSideEncryption" is "KMS"');
    await expect(world.uploads.authorizeSdk(request)).resolves.toMatchObject({
      headers: { 'x-oss-server-side-encryption': 'KMS' },
    });
  });

  it('are good as long as the upload may start, and at least 15 minutes', async () => {
    for (const [asked, given] of [
      [60, 900],
      [1_800, 1_800],
    ] as const) {
      const askedAt = Date.now();
      const { uploadId, expiresAt, credentials } = await world.uploads.authorizeSdk({
        bucket: 'withRole',
        object: 'a.txt',
        expiresInSeconds: asked,
      });
      for (const end of [expiresAt, credentials!.expiresAt]) expectEnd(end, askedAt, given);
      expect(await tickets().findOneByOrFail({ id: uploadId })).toMatchObject({
        expiresAt,
        uploadIdPinned: false,
        operation: 'PutObject',
      });
    }
  });

  it('complete an upload that does not name its id, and none that names another', async () => {
    const upload = await authorise('unnamed.bin', 'CompleteMultipartUpload');
    await client(upload, world.oss.url).multipartUpload('unnamed.bin', LARGE, {
      partSize: 100 * 1024,
      headers: { ...upload.callback.headers },
    });
    expect(await world.audit.get(upload.uploadId)).toMatchObject({ status: 'completed' });
    const second = await authorise('named.bin');
    await expect(
      client(second, world.oss.url).put('named.bin', LARGE, {
        headers: { ...second.callback.headers, 'x-oss-meta-upload-id': upload.uploadId },
      }),
    ).rejects.toMatchObject({ code: 'CallbackFailed' });
    expect(await world.audit.get(second.uploadId)).toBeNull();
  });

  it('do not let an object pass that violates its ticket', async () => {
    const upload = await world.uploads.authorizeSdk({
      bucket: 'withRole',
      object: 'large.bin',
      maxSizeBytes: 10,
      contentTypes: ['text/plain'],
    });
    expect(upload.contentType).toBe('text/plain');
    await expect(
      client(upload, world.oss.url).put('large.bin', LARGE, {
        headers: { ...upload.callback.headers },
      }),
    ).rejects.toMatchObject({ code: 'CallbackFailed' });
    expect(await world.audit.get(upload.uploadId)).toMatchObject({ status: 'rejected' });
  });

  it('an operation that has no callback is refused', async () => {
    const error = await failure(
      world.uploads.authorizeSdk({ object: 'a.txt', operation: 'AppendObject' as never }),
    );
    expect(error.message).toContain('must be "PutObject" or "CompleteMultipartUpload"');
  });
});

describe('STS', () => {
  const worlds: TestApp[] = [];
  afterEach(async () => {
    await Promise.all(worlds.splice(0).map((world) => world.stop()));
  });

  async function start(sts: Partial<StsOptions>, credentials?: ProvidedCredentials) {
    const world = await startSdkApp({
      sts: { roleArn: ROLE, ...sts },
      ...(credentials ? { credentials } : {}),
    });
    worlds.push(world);
    return world;
  }

  async function answering(status: number, body: string) {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is asked for as long as the options say', async () => {
    const { uploads } = await start({ durationSeconds: 3_600, sessionName: 'my-app@eu' });
    const askedAt = Date.now();
    const { credentials, expiresAt } = await uploads.authorizeSdk({ object: 'a.txt' });
    for (const end of [expiresAt, credentials!.expiresAt]) expectEnd(end, askedAt, 3_600);
  });

  it('that refuses is quoted, with how to fix it and without a secret', async () => {
    const world = await start({ durationSeconds: 7_200 });
    const error = await failure(world.uploads.authorizeSdk({ object: 'a.txt' }));
    expect(error).toMatchObject({
      code: 'OSS_REFUSED',
      message: 'STS returned no credentials (InvalidParameter.DurationSeconds).',
      details: { status: 400, ossCode: 'InvalidParameter.DurationSeconds' },
    });
    expect(error.hint).toContain('lower sts.durationSeconds');
    expect(await world.dataSource.getRepository(Ticket).count()).toBe(0);
  });

  it('that repeats what was signed is not quoted', async () => {
    const endpoint = await answering(
      400,
      JSON.stringify({ Code: 'SignatureDoesNotMatch', Message: 'signed: canary-token' }),
    );
    const { uploads } = await start(
      { endpoint },
      { accessKeyId: 'LTAI5t', accessKeySecret: 'canary-secret', securityToken: 'canary-token' },
    );
    const error = await failure(uploads.authorizeSdk({ object: 'a.txt' }));
    expect(error.message).toBe('STS returned no credentials (SignatureDoesNotMatch).');
    expect(JSON.stringify([error, error.hint, error.details, error.stack])).not.toContain('canary');
  });

  it.each([
    [200, '<html>', 'STS returned an invalid response.', 'OSS_UNAVAILABLE'],
    [
      200,
      '{"Credentials":{"AccessKeyId":"STS.1"}}',
      'STS returned an invalid response.',
      'OSS_UNAVAILABLE',
    ],
    [200, 'null', 'STS returned an invalid response.', 'OSS_UNAVAILABLE'],
    // another try may succeed, as with 5xx of OSS itself
    [503, 'busy', 'STS returned no credentials (status 503).', 'OSS_UNAVAILABLE'],
    [
      500,
      '{"Code":"InternalError"}',
      'STS returned no credentials (InternalError).',
      'OSS_UNAVAILABLE',
    ],
    [302, '', 'STS returned no credentials (status 302).', 'OSS_REFUSED'],
  ])('that answers %i %s is said so', async (status, body, message, code) => {
    const { uploads } = await start({ endpoint: await answering(status, body) });
    const error = await failure(uploads.authorizeSdk({ object: 'a.txt' }));
    expect(error).toMatchObject({ code, message });
  });

  it('that cannot be reached is said so', async () => {
    const { uploads } = await start({ endpoint: 'http://127.0.0.1:1' });
    const error = await failure(uploads.authorizeSdk({ object: 'a.txt' }));
    expect(error).toMatchObject({ code: 'OSS_UNAVAILABLE', message: 'STS did not respond.' });
    expect(error.hint).toContain('http://127.0.0.1:1');
  });

  it.each([
    [{ roleArn: 'uploader' }, 'sts.roleArn'],
    [{ sessionName: 'a b' }, 'sts.sessionName'],
    [{ durationSeconds: 60 }, 'sts.durationSeconds'],
    [{ durationSeconds: 50_000 }, 'sts.durationSeconds'],
    [{ endpoint: 'sts.aliyuncs.com' }, 'sts.endpoint'],
  ])('with the options %j does not start', async (sts, option) => {
    await expect(start(sts)).rejects.toThrow(`option "${option}"`);
  });
});

describe('an app whose own credentials are temporary', () => {
  it('uploads in every way, and what it signs ends with them', async () => {
    let given: ProvidedCredentials | undefined;
    const asked: Date[] = [];
    const world = await startSdkApp({
      credentials: async () => {
        asked.push(new Date());
        const sts = new OSS.STS({
          accessKeyId: 'local-oss-access-key-id',
          accessKeySecret: 'local-oss-access-key-secret',
          endpoint: world.oss.url,
        } as never);
        const { credentials } = await sts.assumeRole(ROLE, '', 1_200);
        given = {
          accessKeyId: credentials.AccessKeyId,
          accessKeySecret: credentials.AccessKeySecret,
          securityToken: credentials.SecurityToken,
          expiresAt: new Date(credentials.Expiration),
        };
        return given;
      },
    });
    onTestFinished(() => world.stop());
    const { uploads, audit } = world;
    const completed = async (uploadId: string) =>
      expect(await audit.get(uploadId)).toMatchObject({ status: 'completed' });

    const { uploadId } = await uploads.putObject({ object: 'own.txt', body: 'hello' });
    await completed(uploadId);

    const put = await uploads.authorizePutObject({ object: 'put.txt', expiresInSeconds: 86_400 });
    expect(put.expiresAt.getTime()).toBeLessThan(given!.expiresAt!.getTime());
    expect(put.expiresAt.getTime()).toBeGreaterThan(given!.expiresAt!.getTime() - 5_000);
    const signed = Number(new URL(put.url).searchParams.get('x-oss-expires'));
    expect(signed).toBeLessThan(1_200);
    expect((await sendUpload(put, 'hello')).status).toBe(200);
    await completed(put.uploadId);

    const post = await uploads.authorizePostObject({
      object: 'form.txt',
      expiresInSeconds: 86_400,
    });
    expect(post.expiresAt.getTime()).toBeLessThan(given!.expiresAt!.getTime());
    expect((await sendUpload(post, 'hello')).status).toBe(200);
    await completed(post.uploadId);

    const file = await uploads.uploadFile({
      object: 'file.bin',
      path: fileURLToPath(import.meta.url),
    });
    await completed(file.uploadId);
    const parts = await uploads.authorizeMultipart({
      object: 'parts.bin',
      sizeBytes: 5,
      expiresInSeconds: 86_400,
    });
    expect(parts.expiresAt.getTime()).toBeLessThan(given!.expiresAt!.getTime());
    const [part] = parts.parts;
    const sent = { method: 'PUT', headers: part!.headers, body: Buffer.from('hello') };
    expect((await fetch(part!.url, sent)).status).toBe(200);
    const { complete } = parts;
    expect((await fetch(complete.url, complete)).status).toBe(200);
    await completed(parts.uploadId);
    expect(asked).toHaveLength(1); // once for all of them: another would not last longer
    expect(
      (
        await world.dataSource
          .getRepository<OssUploadTicket>(Ticket)
          .findOneByOrFail({ id: put.uploadId })
      ).expiresAt,
    ).toEqual(put.expiresAt);
  });

  it('answers OSS with 503 while there are none, and goes on afterwards', async () => {
    const lines: unknown[] = [];
    let good = false;
    const key = {
      accessKeyId: 'local-oss-access-key-id',
      accessKeySecret: 'local-oss-access-key-secret',
    };
    const world = await startSdkApp({
      credentials: () => {
        if (!good) throw new Error('the vault is sealed');
        return key;
      },
    });
    onTestFinished(() => world.stop());
    const log = (line: unknown) => void lines.push(line);
    world.app.useLogger({ log, warn: log, error: log });
    const error = await failure(world.uploads.authorizePutObject({ object: 'a.txt' }));
    expect(error).toMatchObject({ code: 'OSS_UNAVAILABLE', hint: expect.stringMatching('sealed') });

    // A client with a key of its own can upload all the same.
    const upload = await world.uploads.authorizeSdk({ object: 'a.txt' });
    const oss = client({ ...upload, credentials: { ...key } as never }, world.oss.url);
    oss.useBucket(BUCKETS.main);
    const headers = { ...upload.headers, ...upload.callback.headers };
    await expect(oss.put('a.txt', Buffer.from('a'), { headers })).rejects.toMatchObject({
      code: 'CallbackFailed',
      message: expect.stringContaining('503'),
    });
    expect(await world.audit.get(upload.uploadId)).toMatchObject({
      status: 'received',
      confirmedAt: null,
    });
    expect(lines.join('\n')).toContain('the vault is sealed');
    good = true;
    const { uploadId } = await world.uploads.putObject({ object: 'b.txt', body: 'b' });
    expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed' });
  });
});
