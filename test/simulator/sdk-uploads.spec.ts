import { verify } from 'node:crypto';
import OSS from 'ali-oss';
import { describe, expect, it } from 'vitest';
import {
  bucket,
  CALLBACK_BODY,
  credentials,
  PNG,
  startApp,
  startSimulator,
} from './simulator-harness.js';

/** The ways in which ali-oss reaches an endpoint that is no OSS domain. */
const endpoints = [
  { way: 'the bucket in the Host header', endpoint: (url: string) => ({ endpoint: url }) },
  {
    way: 'the bucket in the path',
    endpoint: (url: string) => ({
      endpoint: url.replace('127.0.0.1', 'localhost'),
      sldEnable: true,
    }),
  },
];
const versions = [{ authorizationV4: false }, { authorizationV4: true }];
const cases = endpoints.flatMap((endpoint) =>
  versions.map((version) => ({ ...endpoint, ...version })),
);

function client(options: object, secret = credentials.accessKeySecret): OSS {
  return new OSS({
    bucket,
    region: 'oss-cn-hangzhou',
    accessKeyId: credentials.accessKeyId,
    accessKeySecret: secret,
    ...options,
  });
}

describe.each(cases)('ali-oss, $way, V4 $authorizationV4', ({ endpoint, authorizationV4 }) => {
  const key = 'dir 1/+中文&=.png';

  it('puts with a callback that verifies, and reads the object back', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const oss = client({ ...endpoint(simulator.url), authorizationV4 });

    const put = await oss.put(key, PNG, {
      mime: 'image/png',
      meta: { uid: 7, pid: 8, 'upload-id': 'u1' },
      headers: { 'Cache-Control': 'no-store' },
      callback: { url: app.url, body: CALLBACK_BODY, customValue: { user: '小明 1' } },
    });
    expect(put.res.status).toBe(200);
    expect((put as unknown as { data: unknown }).data).toEqual({ ok: true });

    const [callback] = app.received;
    const record = simulator.callbacks[0];
    expect(callback?.url).toBe('/oss/callback?a=%252F'); // ali-oss encodes the URL once more
    const values = new URLSearchParams(callback?.body.toString());
    const headers = put.res.headers as Record<string, string>;
    expect(Object.fromEntries(values)).toEqual({
      bucket,
      object: key,
      etag: headers.etag?.replaceAll('"', ''),
      size: String(PNG.byteLength),
      mimeType: 'image/png',
      height: '1',
      width: '2',
      format: 'png',
      crc64: headers['x-oss-hash-crc64ecma'],
      contentMd5: headers['content-md5'],
      vpcId: '',
      clientIp: '127.0.0.1',
      reqId: headers['x-oss-request-id'],
      operation: 'PutObject',
      user: '小明 1',
    });
    expect(record?.body).toEqual(callback?.body);
    const signed = Buffer.concat([Buffer.from(`${callback?.url}\n`), callback?.body ?? PNG]);
    const signature = Buffer.from(callback?.headers.authorization ?? '', 'base64');
    expect(verify('RSA-MD5', signed, simulator.publicKey, signature)).toBe(true);

    const got = await oss.get(key);
    expect(got.content).toEqual(PNG);
    const head = await oss.head(key);
    expect(head.meta).toEqual({ uid: '7', pid: '8', 'upload-id': 'u1' });
    expect(head.res.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.byteLength),
      'cache-control': 'no-store',
      etag: headers.etag,
      'x-oss-object-type': 'Normal',
      'x-oss-hash-crc64ecma': headers['x-oss-hash-crc64ecma'],
    });
  });

  it('puts a stream, which arrives in chunks', async () => {
    const simulator = await startSimulator();
    const oss = client({ ...endpoint(simulator.url), authorizationV4 });
    const { Readable } = await import('node:stream');
    await oss.putStream(
      'stream.bin',
      Readable.from([Buffer.alloc(100_000, 1), Buffer.from('end')]),
    );
    expect(simulator.objects.get(bucket, 'stream.bin')?.size).toBe(100_003);
  });

  it('is refused with a wrong secret, and the object is not stored', async () => {
    const simulator = await startSimulator();
    const oss = client({ ...endpoint(simulator.url), authorizationV4 }, 'wrong');
    await expect(oss.put('a.txt', Buffer.from('a'))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
    });
    expect(simulator.objects.list()).toEqual([]);
  });

  it('reads of a failed callback as CallbackFailed, and the object is stored', async () => {
    const app = await startApp(() => ({ status: 500 }));
    const simulator = await startSimulator();
    const oss = client({ ...endpoint(simulator.url), authorizationV4 });
    const callback = { url: app.url, body: 'a=1' } as never;
    await expect(oss.put('a.txt', Buffer.from('a'), { callback })).rejects.toMatchObject({
      code: 'CallbackFailed',
      status: 203,
    });
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('a');
  });
});

describe('ali-oss, presigned', () => {
  it('V1 with the callback in the query', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const endpoint = simulator.url.replace('127.0.0.1', 'localhost');
    const url = client({ endpoint, sldEnable: true }).signatureUrl('a b.txt', {
      method: 'PUT',
      'Content-Type': 'text/plain',
      callback: { url: app.url, body: 'size=${size}&user=${x:user}', customValue: { user: 5 } },
    } as never);
    const headers = { 'content-type': 'text/plain' };
    const response = await fetch(url, { method: 'PUT', body: Buffer.from('abc'), headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"ok":true}');
    expect(app.received[0]?.body.toString()).toBe('size=3&user=5');

    const other = await fetch(url, {
      method: 'PUT',
      body: 'abc',
      headers: { 'content-type': 'text/html' },
    });
    expect(other.status).toBe(403);
  });

  it('V4 with additional headers', async () => {
    const simulator = await startSimulator();
    const endpoint = simulator.url.replace('127.0.0.1', 'localhost');
    const oss = client({ endpoint, sldEnable: true });
    const sent = { 'x-oss-meta-a': '1', 'content-length': '3', 'content-type': 'a/b' };
    const url = await oss.signatureUrlV4('PUT', 60, { headers: sent }, 'k.txt', ['content-length']);
    const put = (body: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'x-oss-meta-a': '1', 'content-type': 'a/b' } });
    expect((await put('abcd')).status).toBe(403);
    expect((await put('abc')).status).toBe(200);
    expect(simulator.objects.get(bucket, 'k.txt')?.metadata).toEqual({ a: '1' });
  });
});
