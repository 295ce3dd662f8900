import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import OSS from 'ali-oss';
import { OSSObject } from 'oss-client';
import { describe, expect, it } from 'vitest';
import { presignRequestV4, signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, codeOf, credentials, region, startSimulator } from './simulator-harness.js';

// Lists, buckets and their ACLs stand in buckets.spec.ts, STS in sts.spec.ts, callbacks in sdk-uploads.spec.ts.

/** The signed requests that an SDK's object operations make, whatever the SDK calls them. */
interface Client {
  put: OSS['put'];
  get: OSS['get'];
  getStream: OSS['getStream'];
  head: OSS['head'];
  getObjectMeta: OSS['head'];
  getACL: OSS['getACL'];
  delete: OSS['delete'];
  putStream: OSS['putStream'];
}

const ossOptions = (simulator: OssSimulator, secret: string) => ({
  ...credentials,
  accessKeySecret: secret,
  bucket,
  region: 'oss-cn-hangzhou',
  endpoint: simulator.url,
});

const clients: [string, (simulator: OssSimulator, secret: string) => Client][] = [
  [
    'ali-oss V1',
    (simulator, secret) => new OSS(ossOptions(simulator, secret)) as unknown as Client,
  ],
  [
    'ali-oss V4',
    (simulator, secret) =>
      new OSS({ ...ossOptions(simulator, secret), authorizationV4: true }) as unknown as Client,
  ],
  [
    'oss-client V1',
    (simulator, secret) => new OSSObject({ ...ossOptions(simulator, secret) }) as unknown as Client,
  ],
];

describe.each(clients)('%s', (_name, clientOf) => {
  const key = 'dir 1/+中文&=%.txt';

  async function start(secret = credentials.accessKeySecret) {
    const simulator = await startSimulator({ defaultBucket: bucket });
    return { simulator, oss: clientOf(simulator, secret) };
  }

  it('PutObject, GetObject whole and in part, as bytes and as a stream', async () => {
    const { oss } = await start();
    const headers = { 'x-oss-storage-class': 'IA', 'x-oss-object-acl': 'public-read' };
    await oss.put(key, Buffer.from('123456789'), { headers, mime: 'a/b' });
    const whole = await oss.get(key);
    expect(String(whole.content)).toBe('123456789');
    const range = await oss.get(key, { headers: { Range: 'bytes=2-4' } });
    expect([range.res.status, String(range.content)]).toEqual([206, '345']);
    const { stream } = (await oss.getStream(key)) as { stream: Readable };
    expect(await text(stream)).toBe('123456789');
    const { acl } = (await oss.getACL(key)) as unknown as { acl: string };
    expect(acl).toBe('public-read');
  });

  it('PutObject of a stream, HeadObject, GetObjectMeta', async () => {
    const { oss } = await start();
    await oss.putStream(key, Readable.from([Buffer.from('ab'), Buffer.from('cd')]), {
      meta: { uid: 7, pid: 8 },
      headers: { 'x-oss-storage-class': 'IA' },
    } as never);
    const head = await oss.head(key);
    expect(head.meta).toMatchObject({ uid: '7', pid: '8' });
    expect(head.res.headers).toMatchObject({
      'content-length': '4',
      'x-oss-storage-class': 'IA',
      'x-oss-object-type': 'Normal',
      etag: '"E2FC714C4727EE9395F324CD2E7F331F"',
    });
    const meta = await oss.getObjectMeta(key);
    expect(meta.res.headers).toMatchObject({ 'content-length': '4' });
  });

  it('DeleteObject, and what is not there', async () => {
    const { oss, simulator } = await start();
    await oss.put(key, Buffer.from('a'));
    expect((await oss.delete(key)).res.status).toBe(204);
    expect(simulator.objects.list()).toEqual([]);
    await expect(oss.get(key)).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' });
    await expect(oss.head(key)).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect((await oss.delete(key)).res.status).toBe(204);
  });

  it('x-oss-forbid-overwrite', async () => {
    const { oss } = await start();
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    await oss.put(key, Buffer.from('a'), { headers });
    await expect(oss.put(key, Buffer.from('b'), { headers })).rejects.toMatchObject({
      status: 409,
      code: 'FileAlreadyExists',
    });
  });

  it('nothing with a wrong secret', async () => {
    const { oss, simulator } = await start('wrong');
    await simulator.objects.put({ bucket, object: key, body: 'a' });
    const refused = { status: 403, code: 'SignatureDoesNotMatch' };
    await expect(oss.put(key, Buffer.from('b'))).rejects.toMatchObject(refused);
    await expect(oss.get(key)).rejects.toMatchObject(refused);
    // There is no document to read, and oss-client gives the code of a 404 alone.
    await expect(oss.head(key)).rejects.toMatchObject({ status: 403 });
    await expect(oss.getACL(key)).rejects.toMatchObject(refused);
    await expect(oss.delete(key)).rejects.toMatchObject(refused);
    expect(simulator.objects.get(bucket, key)?.bytes.toString()).toBe('a');
  });
});

describe.each([false, true])('ali-oss in parts, step by step, V4 %s', (authorizationV4) => {
  it('initiates, uploads, lists, completes and aborts', async () => {
    const simulator = await startSimulator();
    const options = ossOptions(simulator, credentials.accessKeySecret);
    const oss = new OSS({ ...options, authorizationV4 });
    const part = Buffer.alloc(100 * 1024, 7);
    const { uploadId } = await oss.initMultipartUpload('a b.bin');
    const uploaded: { number: number; etag: string }[] = [];
    for (const number of [1, 2]) {
      const { etag } = await oss.uploadPart('a b.bin', uploadId, number, part, 0, part.byteLength);
      uploaded.push({ number, etag });
    }
    const { parts } = await oss.listParts('a b.bin', uploadId);
    expect((parts as object[]).length).toBe(2);
    await oss.completeMultipartUpload('a b.bin', uploadId, uploaded);
    const whole = Buffer.concat([part, part]);
    expect(simulator.objects.get(bucket, 'a b.bin')?.bytes.equals(whole)).toBe(true);
    const other = await oss.initMultipartUpload('a b.bin');
    await oss.abortMultipartUpload('a b.bin', other.uploadId);
    await expect(oss.listParts('a b.bin', other.uploadId)).rejects.toMatchObject({
      code: 'NoSuchUpload',
    });
  });

  it('copies, tags and deletes many, and says of what is not there that it is not implemented', async () => {
    const simulator = await startSimulator();
    const options = ossOptions(simulator, credentials.accessKeySecret);
    // @types/ali-oss lacks tags.
    const oss = new OSS({ ...options, authorizationV4 }) as OSS & {
      putObjectTagging(name: string, tag: object): Promise<unknown>;
      getObjectTagging(name: string): Promise<{ tag: object }>;
    };
    await oss.put('a b', Buffer.from('a'));
    await oss.copy('c', 'a b');
    await oss.putObjectTagging('c', { key: 'value' });
    expect((await oss.getObjectTagging('c')).tag).toEqual({ key: 'value' });
    await oss.putACL('c', 'public-read');
    expect((await oss.getACL('c')).acl).toBe('public-read');
    await oss.deleteMulti(['a b']);
    await expect(oss.getBucketLifecycle(bucket)).rejects.toMatchObject({
      status: 400,
      code: 'NotImplemented',
    });
    expect(simulator.objects.list().map(({ object }) => object)).toEqual(['c']);
  });
});

describe('V4 with additional headers', () => {
  it('refuses a request that does not have them', async () => {
    const simulator = await startSimulator();
    const headers = { host: new URL(simulator.url).host, 'x-app': '1' };
    const request = { method: 'GET', bucket, object: 'a', query: {}, headers };
    const scope = { credentials, region, signedAt: new Date(), additionalHeaders: ['x-app'] };
    const url = `${simulator.url}/${bucket}/a`;
    const query = presignRequestV4(request, { ...scope, expiresInSeconds: 60 });
    const asked = [
      await fetch(url, { headers: signRequestV4(request, scope) }),
      await fetch(`${url}?${new URLSearchParams(query).toString()}`),
    ];
    for (const response of asked) {
      expect([response.status, codeOf(await response.text())]).toEqual([400, 'InvalidArgument']);
    }
  });

  it('in the headers and in the query, they are signed as well', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a', body: 'a' });
    const headers = { host: new URL(simulator.url).host, 'x-app': '1' };
    const request = { method: 'GET', bucket, object: 'a', query: {}, headers };
    const scope = { credentials, region, signedAt: new Date() };
    const additionalHeaders = ['host', 'x-app'];
    const url = `${simulator.url}/${bucket}/a`;
    const signed = signRequestV4(request, { ...scope, additionalHeaders });
    const query = presignRequestV4(request, { ...scope, additionalHeaders, expiresInSeconds: 60 });
    const presigned = `${url}?${new URLSearchParams(query).toString()}`;
    for (const [value, status] of [
      ['1', 200],
      ['2', 403],
    ] as const) {
      const inHeaders = await fetch(url, { headers: { ...signed, 'x-app': value } });
      const inQuery = await fetch(presigned, { headers: { 'x-app': value } });
      expect([inHeaders.status, inQuery.status]).toEqual([status, status]);
    }
  });
});
