import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  region,
  type RequestParts,
  send,
  startSimulator,
  temporaryFolder,
} from '../simulator-harness.js';

const source = { bucket, object: 'a b+c/源.txt' };
const named = `/${bucket}/a%20b%2Bc/%E6%BA%90.txt`;

async function start(options: Parameters<typeof startSimulator>[0] = {}): Promise<OssSimulator> {
  const simulator = await startSimulator(options);
  await simulator.objects.put({
    ...source,
    body: 'content',
    mimeType: 'text/plain',
    metadata: { author: 'me' },
    headers: {
      'cache-control': 'no-cache',
      'x-oss-tagging': 'k=v',
      'x-oss-object-acl': 'public-read',
      'x-oss-storage-class': 'IA',
    },
  });
  return simulator;
}

function copy(
  simulator: OssSimulator,
  headers: Record<string, string> = {},
  parts: RequestParts = {},
) {
  return send(simulator, {
    method: 'PUT',
    object: 'copy.txt',
    headers: { 'x-oss-copy-source': named, ...headers },
    ...parts,
  });
}

describe('CopyObject', () => {
  it.each(['in memory', 'on disk'])('copies content, metadata and tags %s', async (where) => {
    const dataDirectory = where === 'on disk' ? await temporaryFolder() : undefined;
    const simulator = await start({ dataDirectory });
    const response = await copy(simulator);
    const copied = simulator.objects.get(bucket, 'copy.txt');
    expect(await response.text()).toMatch(
      new RegExp(
        `<CopyObjectResult>\\s*<LastModified>[^<]*\\.000Z</LastModified>\\s*<ETag>&quot;${copied?.etag}&quot;</ETag>`,
      ),
    );
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/xml',
      etag: `"${copied?.etag}"`,
      'x-oss-hash-crc64ecma': simulator.objects.get(source.bucket, source.object)?.crc64,
    });
    await simulator.objects.delete(source.bucket, source.object);
    const head = await send(simulator, { method: 'HEAD', object: 'copy.txt' });
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'no-cache',
      'content-length': '7',
      'x-oss-meta-author': 'me',
      'x-oss-tagging-count': '1',
      'x-oss-storage-class': 'Standard',
      'x-oss-object-type': 'Normal',
    });
    expect(copied?.headers).not.toHaveProperty('x-oss-object-acl');
    expect(copied?.bytes.toString()).toBe('content');
  });

  it('replaces metadata and tags where the directives say so', async () => {
    const simulator = await start();
    const headers = {
      'x-oss-meta-owner': 'you',
      'content-type': 'text/html',
      'x-oss-tagging': 'other=1&two',
      'x-oss-storage-class': 'Archive',
      'x-oss-object-acl': 'private',
      'x-oss-server-side-encryption': 'AES256',
    };
    const copied = async (directives: Record<string, string>) => {
      const response = await copy(simulator, { ...headers, ...directives });
      expect(response.headers.get('x-oss-server-side-encryption')).toBe('AES256');
      return simulator.objects.get(bucket, 'copy.txt');
    };
    const own = {
      'x-oss-storage-class': 'Archive',
      'x-oss-object-acl': 'private',
      'x-oss-server-side-encryption': 'AES256',
    };
    expect(await copied({})).toMatchObject({
      mimeType: 'text/plain',
      metadata: { author: 'me' },
      headers: { ...own, 'x-oss-tagging': 'k=v', 'cache-control': 'no-cache' },
    });
    const replaced = await copied({
      'x-oss-metadata-directive': 'REPLACE',
      'x-oss-tagging-directive': 'Replace',
    });
    expect(replaced).toMatchObject({ mimeType: 'text/html', metadata: { owner: 'you' } });
    expect(replaced?.headers).toEqual({ ...own, 'x-oss-tagging': 'other=1&two' });
  });

  it('replaces neither a type that is not sent, nor what decrypts the content', async () => {
    const simulator = await start();
    const key = { 'client-side-encryption-key': 'a', 'client-side-encryption-start': 'b' };
    await simulator.objects.put({
      ...source,
      body: 'content',
      mimeType: 'text/css',
      metadata: { ...key, author: 'me' },
    });
    const replaced = async (headers: Record<string, string>) => {
      await copy(simulator, { 'x-oss-metadata-directive': 'REPLACE', ...headers });
      return simulator.objects.get(bucket, 'copy.txt');
    };
    expect(await replaced({})).toMatchObject({ mimeType: 'text/css' });
    const renewed = await replaced({
      'x-oss-meta-owner': 'you',
      'x-oss-meta-client-side-encryption-start': 'c',
    });
    expect(renewed?.metadata).toEqual({
      ...key,
      'client-side-encryption-start': 'c',
      owner: 'you',
    });
  });

  it('replaces the metadata of an object that is copied onto itself', async () => {
    const simulator = await start();
    await copy(simulator, { 'x-oss-meta-owner': 'you' }, { object: source.object });
    expect(simulator.objects.list()).toHaveLength(1);
    expect(simulator.objects.get(source.bucket, source.object)).toMatchObject({
      metadata: { owner: 'you' },
      bytes: Buffer.from('content'),
    });
  });

  it('copies a version, and a symlink as such', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    const first = await send(simulator, { method: 'PUT', body: '1' });
    await send(simulator, { method: 'PUT', body: '2' });
    const versionId = first.headers.get('x-oss-version-id') ?? '';
    const from = `/${bucket}/a.txt?versionId=${versionId}`;
    const response = await copy(simulator, { 'x-oss-copy-source': from });
    expect(response.headers.get('x-oss-copy-source-version-id')).toBe(versionId);
    const copied = simulator.objects.get(bucket, 'copy.txt');
    expect(copied?.bytes.toString()).toBe('1');
    expect(response.headers.get('x-oss-version-id')).toBe(copied?.versionId);

    await send(simulator, {
      method: 'PUT',
      object: 'link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'a.txt' },
    });
    await copy(simulator, { 'x-oss-copy-source': `/${bucket}/link` });
    expect(simulator.objects.get(bucket, 'copy.txt')).toMatchObject({ symlinkTarget: 'a.txt' });
  });

  it('keeps to conditions on the source', async () => {
    const simulator = await start();
    const { etag = '' } = simulator.objects.get(source.bucket, source.object) ?? {};
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    const ask = async (name: string, value: string) => {
      const response = await copy(simulator, { [`x-oss-copy-source-if-${name}`]: value });
      return [response.status, await response.text().then((text) => text && codeOf(text))];
    };
    expect((await ask('match', `"${etag}"`))[0]).toBe(200);
    expect(await ask('match', '"other"')).toEqual([412, 'PreconditionFailed']);
    expect((await ask('none-match', '"other"'))[0]).toBe(200);
    expect(await ask('none-match', `"${etag}"`)).toEqual([304, '']);
    expect(await ask('modified-since', later)).toEqual([304, '']);
    expect((await ask('unmodified-since', later))[0]).toBe(200);
    const earlier = new Date(0).toUTCString();
    expect(await ask('unmodified-since', earlier)).toEqual([412, 'PreconditionFailed']);
  });

  it.each([
    ['/photos/missing', 404, 'NoSuchKey'],
    ['/missing-bucket/a', 404, 'NoSuchBucket'],
    ['/photos', 400, 'InvalidArgument'],
    ['/photos/a?versionId=', 400, 'InvalidArgument'],
    ['/photos/%zz', 400, 'InvalidArgument'],
    [`/photos/${'a'.repeat(1024)}`, 400, 'InvalidObjectName'],
    ['/elsewhere/a', 403, 'AccessDenied'],
  ])('refuses to copy %s', async (from, status, code) => {
    const simulator = await start({
      buckets: { [bucket]: { region }, elsewhere: { region: 'cn-beijing' } },
    });
    const response = await copy(simulator, { 'x-oss-copy-source': from });
    expect([response.status, codeOf(await response.text())]).toEqual([status, code]);
    expect(simulator.objects.list()).toHaveLength(1);
  });

  it('refuses a directive that it does not know, and an object that must not be overwritten', async () => {
    const dataDirectory = await temporaryFolder();
    const simulator = await start({ dataDirectory });
    const unknown = await copy(simulator, { 'x-oss-metadata-directive': 'MERGE' });
    expect(codeOf(await unknown.text())).toBe('InvalidArgument');
    await copy(simulator);
    const again = await copy(simulator, { 'x-oss-forbid-overwrite': 'true' });
    expect(codeOf(await again.text())).toBe('FileAlreadyExists');
    expect(await readdir(join(dataDirectory, 'content'))).toHaveLength(2);
  });

  it('sends no callback', async () => {
    const simulator = await start();
    await copy(simulator, { 'x-oss-callback': 'not even base64' });
    expect(simulator.callbacks).toEqual([]);
    expect(simulator.objects.get(bucket, 'copy.txt')).toBeDefined();
  });

  it('needs the right to read the source, also without a key', async () => {
    const simulator = await startSimulator({
      buckets: { [bucket]: { region, acl: 'public-read-write' }, secret: { region } },
    });
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    await simulator.objects.put({ bucket: 'secret', object: 'a.txt', body: 'a' });
    const statuses = await Promise.all(
      ['/photos/a.txt', '/secret/a.txt'].map(async (from) => {
        const headers = { 'x-oss-copy-source': from };
        const url = `${simulator.url}/${bucket}/copy.txt`;
        return (await fetch(url, { method: 'PUT', headers })).status;
      }),
    );
    expect(statuses).toEqual([200, 403]);
  });
});

describe('UploadPartCopy', () => {
  async function begin(simulator: OssSimulator): Promise<string> {
    const response = await send(simulator, { method: 'POST', query: { uploads: '' } });
    return /<UploadId>(.*)<\/UploadId>/.exec(await response.text())?.[1] ?? '';
  }

  function copyPart(
    simulator: OssSimulator,
    uploadId: string,
    headers: Record<string, string> = {},
  ) {
    return send(simulator, {
      method: 'PUT',
      query: { partNumber: '1', uploadId },
      headers: { 'x-oss-copy-source': named, ...headers },
    });
  }

  it('makes a part of a range of an object, or of all of it', async () => {
    const simulator = await start();
    const uploadId = await begin(simulator);
    const parts = async (headers: Record<string, string>) => {
      const response = await copyPart(simulator, uploadId, headers);
      expect(response.status).toBe(200);
      return /<CopyPartResult>\s*<LastModified>.*<\/LastModified>\s*<ETag>&quot;(.*)&quot;/.exec(
        await response.text(),
      )?.[1];
    };
    const md5 = (text: string) => createHash('md5').update(text).digest('hex').toUpperCase();
    expect(await parts({})).toBe(md5('content'));
    expect(await parts({ 'x-oss-copy-source-range': 'bytes=3-' })).toBe(md5('tent'));
    for (const range of ['bytes=5-7', 'bytes=5-4', 'bytes=-3']) {
      expect(await parts({ 'x-oss-copy-source-range': range })).toBe(md5('content'));
    }
    expect(await parts({ 'x-oss-copy-source-range': 'bytes=1-3' })).toBe(md5('ont'));
    const done = await send(simulator, {
      method: 'POST',
      query: { uploadId },
      headers: { 'x-oss-complete-all': 'yes' },
    });
    expect(done.status).toBe(200);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('ont');
  });

  it('refuses what is not there, and what is not as wanted', async () => {
    const simulator = await start();
    const uploadId = await begin(simulator);
    const refused = async (headers: Record<string, string>, id = uploadId) => {
      const response = await copyPart(simulator, id, headers);
      const text = await response.text();
      return [codeOf(text), /<EC>(.*)<\/EC>/.exec(text)?.[1]];
    };
    expect(await refused({}, 'other')).toEqual(['NoSuchUpload', '0042-00000311']);
    expect(await refused({ 'x-oss-copy-source-range': 'bytes=7-8' })).toEqual([
      'InvalidRange',
      '0042-00000306',
    ]);
    expect(await refused({ 'x-oss-copy-source': '/photos/missing' })).toEqual([
      'NoSuchKey',
      '0026-00000001',
    ]);
    expect(await refused({ 'x-oss-copy-source': 'photos' })).toEqual([
      'InvalidArgument',
      '0042-00000301',
    ]);
    expect(await refused({ 'x-oss-copy-source-if-match': '"other"' })).toEqual([
      'PreconditionFailed',
      '0017-00001001',
    ]);
  });
});

it('a source whose content is deleted while it is copied is not there', async () => {
  const dataDirectory = await temporaryFolder();
  const simulator = await start({ dataDirectory });
  const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
  const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text()) ?? [];
  await rm(join(dataDirectory, 'content'), { recursive: true });
  await mkdir(join(dataDirectory, 'content'));
  for (const query of [{}, { partNumber: '1', uploadId }] as Record<string, string>[]) {
    const response = await copy(simulator, {}, { object: 'a.txt', query });
    expect([response.status, codeOf(await response.text())]).toEqual([404, 'NoSuchKey']);
  }
  expect(await readdir(join(dataDirectory, 'content'))).toEqual([]);
});
