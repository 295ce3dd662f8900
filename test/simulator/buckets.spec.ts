import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import OSS from 'ali-oss';
import { OSSObject } from 'oss-client';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import {
  aliOss,
  bucket,
  codeOf,
  credentials,
  region,
  send,
  startSimulator,
  temporaryFolder,
} from './simulator-harness.js';

function clientOf(simulator: OssSimulator, options: object = {}): OSS {
  const endpoint = simulator.url.replace('127.0.0.1', 'localhost');
  return aliOss(simulator, { endpoint, sldEnable: true, ...options });
}

async function withKeys(keys: readonly string[]): Promise<OssSimulator> {
  const simulator = await startSimulator();
  for (const object of keys) await simulator.objects.put({ bucket, object, body: object });
  return simulator;
}

const KEYS = ['a/1.txt', 'a/2.txt', 'b 中&.txt', 'c/1.txt', 'c/2/3.txt', 'd.txt'];

describe.each([false, true])('ali-oss on buckets, V4 %s', (authorizationV4) => {
  it('lists page by page, with both versions of the operation', async () => {
    const oss = clientOf(await withKeys(KEYS), { authorizationV4 });
    const listV2 = async (query: object) => {
      const found: string[] = [];
      let token: string | undefined;
      for (;;) {
        const more = token ? { 'continuation-token': token } : {};
        const page = await oss.listV2({ ...query, ...more }, {});
        found.push(...(page.objects ?? []).map(({ name }) => name), ...(page.prefixes ?? []));
        const { nextContinuationToken } = page as unknown as { nextContinuationToken?: string };
        if (!page.isTruncated) return found;
        token = nextContinuationToken;
      }
    };
    const listV1 = async (query: object) => {
      const found: string[] = [];
      let marker: string | undefined;
      for (;;) {
        const page = await oss.list({ ...query, ...(marker ? { marker } : {}) } as never, {});
        found.push(...(page.objects ?? []).map(({ name }) => name), ...(page.prefixes ?? []));
        if (!page.isTruncated) return found;
        marker = page.nextMarker;
      }
    };
    for (const list of [listV1, listV2]) {
      for (const size of [1, 2, 100]) {
        const pages = { 'max-keys': String(size) };
        expect(await list(pages)).toEqual(KEYS);
        expect(await list({ ...pages, prefix: 'c/' })).toEqual(['c/1.txt', 'c/2/3.txt']);
        expect((await list({ ...pages, delimiter: '/' })).toSorted()).toEqual(
          ['a/', 'b 中&.txt', 'c/', 'd.txt'].toSorted(),
        );
        expect((await list({ ...pages, delimiter: '/', prefix: 'c/' })).toSorted()).toEqual(
          ['c/1.txt', 'c/2/'].toSorted(),
        );
      }
    }
    expect(await listV2({ 'start-after': 'b' })).toEqual(KEYS.slice(2));
  });

  it('tells of each object what it is', async () => {
    const oss = clientOf(await withKeys(['a.txt']), { authorizationV4 });
    const [object] = (await oss.listV2({ 'fetch-owner': 'true' } as never, {})).objects ?? [];
    expect(object).toMatchObject({
      name: 'a.txt',
      size: 5,
      type: 'Normal',
      storageClass: 'Standard',
      etag: expect.stringMatching(/^"[0-9A-F]{32}"$/) as string,
      owner: { id: '1000000000000001' },
    });
  });

  it('makes a bucket, describes it and changes its ACL', async () => {
    const simulator = await startSimulator({ buckets: {} });
    const oss = clientOf(simulator, { authorizationV4 });
    await expect(oss.getBucketInfo('fresh')).rejects.toMatchObject({ code: 'NoSuchBucket' });
    await oss.putBucket('fresh', { acl: 'public-read', storageClass: 'IA' } as never);
    const { bucket: info } = (await oss.getBucketInfo('fresh')) as { bucket: object };
    expect(info).toMatchObject({
      Name: 'fresh',
      Location: 'oss-cn-hangzhou',
      StorageClass: 'IA',
      AccessControlList: { Grant: 'public-read' },
    });
    expect((await oss.getBucketLocation('fresh')).location).toBe('oss-cn-hangzhou');
    await oss.putBucketACL('fresh', 'private');
    expect((await oss.getBucketACL('fresh')).acl).toBe('private');
    await expect(oss.putBucketACL('fresh', 'secret' as never)).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
  });

  it('says whether a bucket keeps versions', async () => {
    const simulator = await startSimulator({ buckets: { plain: {}, kept: { versioned: true } } });
    // @types/ali-oss lacks it.
    const oss = clientOf(simulator, { authorizationV4 }) as unknown as {
      getBucketVersioning(name: string): Promise<{ versionStatus?: string }>;
    };
    const statusOf = async (name: string) => (await oss.getBucketVersioning(name)).versionStatus;
    expect(await statusOf('plain')).toBeUndefined();
    expect(await statusOf('kept')).toBe('Enabled');
    await expect(oss.getBucketVersioning('other')).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });

  it('lists multipart uploads', async () => {
    const simulator = await startSimulator();
    const oss = clientOf(simulator, { authorizationV4 });
    const begun: string[] = [];
    for (const name of ['a', 'a', 'b/c', 'd']) {
      begun.push((await oss.initMultipartUpload(name)).uploadId);
    }
    type Page = {
      uploads?: { name: string; uploadId: string }[];
      isTruncated: boolean;
      nextKeyMarker: string;
      nextUploadIdMarker: string;
    };
    const found: string[] = [];
    let marker: object = {};
    for (;;) {
      const page = (await oss.listUploads({ 'max-uploads': 1, ...marker }, {})) as unknown as Page;
      found.push(...(page.uploads ?? []).map(({ uploadId }) => uploadId));
      if (!page.isTruncated) break;
      marker = { 'key-marker': page.nextKeyMarker, 'upload-id-marker': page.nextUploadIdMarker };
    }
    expect(found.toSorted()).toEqual(begun.toSorted());
    const some = (await oss.listUploads({ prefix: 'b/' }, {})) as unknown as Page;
    expect(some.uploads?.map(({ name }) => name)).toEqual(['b/c']);
  });
});

describe('oss-client', () => {
  it('lists with both versions of the operation', async () => {
    const simulator = await startSimulator({ defaultBucket: bucket });
    for (const object of KEYS) await simulator.objects.put({ bucket, object, body: object });
    const oss = new OSSObject({ ...credentials, bucket, endpoint: simulator.url });
    const names = (objects: { name: string }[] | undefined) => objects?.map(({ name }) => name);
    expect(names((await oss.list({ prefix: 'a/' })).objects)).toEqual(['a/1.txt', 'a/2.txt']);
    expect(names((await oss.listV2({ prefix: 'c/', delimiter: '/' })).objects)).toEqual([
      'c/1.txt',
    ]);
  });
});

describe('a client that follows the endpoint of a bucket', () => {
  it.each([
    ['', '/photos/?bucketInfo'],
    ['photos.', '/?bucketInfo'],
  ])('comes back to the local OSS, with "%s" before the host', async (prefix, path) => {
    const simulator = await startSimulator({ checkSignatures: false });
    const { port } = new URL(simulator.url);
    const host = `oss.localhost:${port}`;
    const headers = { host: prefix + host };
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(simulator.url + path, { headers }, resolve);
    });
    const xml = await text(response);
    // With the scheme, since SDKs that take https by default would not come back.
    const endpoint = `http://${host}`;
    expect(xml).toContain(`<ExtranetEndpoint>${endpoint}</ExtranetEndpoint>`);
    expect(xml).toContain(`<IntranetEndpoint>${endpoint}</IntranetEndpoint>`);
  });
});

describe('ali-oss at an IP address, which names OSS itself in Host', () => {
  it('is told of endpoints and missing buckets as by OSS', async () => {
    const simulator = await startSimulator();
    const { bucket: info } = (await aliOss(simulator).getBucketInfo(bucket)) as {
      bucket: object;
    };
    expect(info).toMatchObject({
      ExtranetEndpoint: 'oss-cn-hangzhou.aliyuncs.com',
      IntranetEndpoint: 'oss-cn-hangzhou-internal.aliyuncs.com',
    });
    await expect(aliOss(simulator).getBucketInfo('missing-bucket')).rejects.toMatchObject({
      code: 'NoSuchBucket',
    });
    const oss = aliOss(simulator);
    await oss.put('a.txt', Buffer.from('a'));
    await expect(oss.get('a.txt', { headers: { 'if-match': 'other' } })).rejects.toMatchObject({
      message: expect.stringMatching(/did not hold\. \(condition: If-Match\)$/) as string,
    });
  });
});

describe('a list', () => {
  it.each([
    [{ 'list-type': '3' }],
    [{ 'list-type': '2', 'max-keys': '0' }],
    [{ 'list-type': '2', 'max-keys': '1001' }],
    [{ 'list-type': '2', 'continuation-token': '!' }],
    [{ 'encoding-type': 'base64' }],
  ] as Record<string, string>[][])('refuses %o', async (query) => {
    const response = await send(await startSimulator(), { object: '', query: query ?? {} });
    expect([response.status, codeOf(await response.text())]).toEqual([400, 'InvalidArgument']);
  });
});

describe('without a key', () => {
  it.each([
    ['private', 403, 403],
    ['public-read', 200, 403],
    ['public-read-write', 200, 200],
  ] as const)('a bucket that is %s', async (acl, reading, writing) => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    const url = `${simulator.url}/${bucket}`;
    const form = new FormData();
    form.append('key', 'form.txt');
    form.append('success_action_status', '200');
    form.append('file', new Blob(['a']), 'a.txt');
    const statuses = {
      get: (await fetch(`${url}/a.txt`)).status,
      head: (await fetch(`${url}/a.txt`, { method: 'HEAD' })).status,
      put: (await fetch(`${url}/b.txt`, { method: 'PUT', body: 'b' })).status,
      post: (await fetch(`${url}/`, { method: 'POST', body: form })).status,
      initiate: (await fetch(`${url}/c.txt?uploads`, { method: 'POST' })).status,
      delete: (await fetch(`${url}/b.txt`, { method: 'DELETE' })).status,
    };
    expect(statuses).toEqual({
      get: reading,
      head: reading,
      put: writing,
      post: writing,
      initiate: writing,
      delete: writing === 200 ? 204 : 403,
    });
    for (const query of ['', '?list-type=2', '?bucketInfo', '?acl', '?uploads']) {
      expect((await fetch(`${url}/${query}`)).status, query).toBe(403);
    }
    expect((await fetch(`${url}/?acl`, { method: 'PUT' })).status).toBe(403);
  });

  it('the ACL of an object outranks that of its bucket', async () => {
    const acl = 'public-read-write';
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    const headers = { 'x-oss-object-acl': 'private' };
    await send(simulator, { method: 'PUT', headers, body: 'mine' });
    const url = `${simulator.url}/${bucket}/a.txt`;
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { method: 'PUT', body: 'theirs' })).status).toBe(403);
    const form = new FormData();
    form.append('key', '${filename}');
    form.append('file', new Blob(['theirs']), 'a.txt');
    const posted = await fetch(`${simulator.url}/${bucket}/`, { method: 'POST', body: form });
    expect(posted.status).toBe(403);
    const told = await send(simulator, { query: { acl: '' } });
    expect(await told.text()).toContain('<Grant>private</Grant>');
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('mine');
  });
});

describe('after a restart in the same folder', () => {
  it('made buckets are there, with the ACL they were given', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    await clientOf(first).putBucket('fresh', { acl: 'public-read' } as never);
    await clientOf(first).putBucketACL(bucket, 'public-read');
    await first.stop();
    const again = clientOf(await startSimulator({ dataDirectory }));
    expect((await again.getBucketACL('fresh')).acl).toBe('public-read');
    expect((await again.getBucketACL(bucket)).acl).toBe('public-read');
    const buckets = { [bucket]: { region, acl: 'private' as const } };
    const declared = clientOf(await startSimulator({ dataDirectory, buckets }));
    expect((await declared.getBucketACL(bucket)).acl).toBe('private');
  });

  it('a multipart upload goes on', async () => {
    const dataDirectory = await temporaryFolder();
    const options = { buckets: undefined, dataDirectory };
    const parts = [Buffer.alloc(100 * 1024, 1), Buffer.from('end')];
    const first = await startSimulator(options);
    const { uploadId } = await clientOf(first).initMultipartUpload('big.bin', {
      mime: 'a/b',
      meta: { uid: 1 },
    } as never);
    const upload = (simulator: OssSimulator, number: number, body: Buffer) =>
      send(simulator, {
        method: 'PUT',
        object: 'big.bin',
        query: { partNumber: String(number), uploadId },
        body,
      });
    await upload(first, 1, Buffer.from('replaced by what comes next'));
    await upload(first, 1, parts[0]!);
    await upload(first, 3, Buffer.from('lost'));
    const other = await clientOf(first).initMultipartUpload('aborted.bin');
    await clientOf(first).abortMultipartUpload('aborted.bin', other.uploadId);
    await first.stop();

    const second = await startSimulator(options);
    expect((await upload(second, 2, parts[1]!)).status).toBe(200);
    const oss = clientOf(second);
    const { parts: listed } = await oss.listParts('big.bin', uploadId);
    expect((listed as object[]).length).toBe(3);
    const done = listed as unknown as { PartNumber: string; ETag: string }[];
    await oss.completeMultipartUpload(
      'big.bin',
      uploadId,
      done.slice(0, 2).map(({ PartNumber, ETag }) => ({ number: Number(PartNumber), etag: ETag })),
    );
    const completed = second.objects.get(bucket, 'big.bin');
    expect(completed).toMatchObject({ mimeType: 'a/b', metadata: { uid: '1' } });
    expect(completed!.bytes.equals(Buffer.concat(parts))).toBe(true);
    await second.stop();
    const third = await startSimulator(options);
    const none = (await clientOf(third).listUploads({}, {})) as { uploads?: object[] };
    expect(none.uploads ?? []).toEqual([]);
    expect(third.objects.get(bucket, 'big.bin')!.bytes.equals(Buffer.concat(parts))).toBe(true);
  });
});
