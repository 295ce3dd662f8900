import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OssSimulator } from '../../src/simulator/index.js';
import {
  bucket,
  callbackTo,
  codeOf,
  PNG,
  send,
  startApp,
  startSimulator,
  temporaryFolder,
} from './simulator-harness.js';

describe('an object', () => {
  it('comes back as it was put', async () => {
    const now = new Date('2026-01-02T03:04:05.678Z');
    const simulator = await startSimulator({ clock: () => now });
    const headers = {
      'content-type': 'text/plain; charset=gbk',
      'content-disposition': 'attachment; filename="中.txt"',
      'x-oss-meta-Author': '小明',
    };
    const put = await send(simulator, { method: 'PUT', headers, body: 'abc', signedAt: now });
    expect(put.status).toBe(200);
    expect(simulator.objects.get(bucket, 'a.txt')).toMatchObject({
      mimeType: 'text/plain; charset=gbk',
      metadata: { author: '小明' },
      lastModified: now,
    });
    const get = await send(simulator, { signedAt: now });
    expect(await get.text()).toBe('abc');
    const disposition = get.headers.get('content-disposition') ?? '';
    expect(Buffer.from(disposition, 'latin1').toString()).toBe(headers['content-disposition']);
  });

  it('answers HEAD and GET with its properties', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({
      bucket,
      object: 'dir/中 文.txt',
      body: '123456789',
      mimeType: 'text/plain',
      metadata: { 'Upload-Id': 'é中' },
    });
    const head = await send(simulator, { method: 'HEAD', object: 'dir/中 文.txt' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    const get = await send(simulator, { object: 'dir/中 文.txt' });
    expect(await get.text()).toBe('123456789');
    for (const { headers } of [head, get]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/plain',
        'content-length': '9',
        etag: '"25F9E794323B453885F5181F1B624D0B"',
        'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==',
        'x-oss-hash-crc64ecma': '11051210869376104954',
        'x-oss-object-type': 'Normal',
        'last-modified': expect.stringMatching(/ GMT$/) as string,
      });
      const metadata = headers.get('x-oss-meta-upload-id') ?? '';
      expect(Buffer.from(metadata, 'latin1').toString()).toBe('é中');
    }
  });

  it('may be empty', async () => {
    const simulator = await startSimulator({ dataDirectory: await temporaryFolder() });
    await simulator.objects.put({ bucket, object: 'a.txt', body: '' });
    const response = await send(simulator, {});
    expect({ status: response.status, text: await response.text() }).toEqual({
      status: 200,
      text: '',
    });
  });

  it('that is not there is NoSuchKey, to HEAD in a header', async () => {
    const simulator = await startSimulator();
    const get = await send(simulator, {});
    expect({ status: get.status, code: codeOf(await get.text()) }).toEqual({
      status: 404,
      code: 'NoSuchKey',
    });
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.status).toBe(404);
    const document = Buffer.from(head.headers.get('x-oss-err') ?? '', 'base64').toString();
    expect(codeOf(document)).toBe('NoSuchKey');
    expect(head.headers.get('x-oss-ec')).toBe('0026-00000001');
  });

  it('is kept where overwriting is forbidden, but not in a versioned bucket', async () => {
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    const put = { method: 'PUT', headers, body: 'new' };
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'old' });
    expect((await send(simulator, put)).status).toBe(409);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('old');

    const versioned = await startSimulator({ buckets: { [bucket]: { versioned: true } } });
    await versioned.objects.put({ bucket, object: 'a.txt', body: 'old' });
    const response = await send(versioned, put);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-oss-version-id')).toBe(
      versioned.objects.get(bucket, 'a.txt')?.versionId,
    );
  });

  it('is refused where Content-MD5 is another', async () => {
    const simulator = await startSimulator();
    const headers = { 'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==' };
    const wrong = await send(simulator, { method: 'PUT', headers, body: 'other' });
    expect(codeOf(await wrong.text())).toBe('InvalidDigest');
    expect(simulator.objects.list()).toEqual([]);
    expect((await send(simulator, { method: 'PUT', headers, body: '123456789' })).status).toBe(200);
  });

  it('has no headers that its uploader sent empty', async () => {
    const simulator = await startSimulator();
    const headers = { 'cache-control': '', 'content-disposition': 'inline' };
    await send(simulator, { method: 'PUT', headers, body: 'a' });
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('cache-control')).toBeNull();
    expect(head.headers.get('content-disposition')).toBe('inline');
  });

  it('gets no type by its name where the uploader gives none, however it is stored', async () => {
    const simulator = await startSimulator();
    const object = 'a.webp';
    const type = async () => {
      const head = await send(simulator, { method: 'HEAD', object });
      await simulator.objects.clear();
      return head.headers.get('content-type');
    };
    await send(simulator, { method: 'PUT', object, body: 'a' });
    expect(await type()).toBe('application/octet-stream');

    const begun = await send(simulator, { method: 'POST', object, query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)</.exec(await begun.text())?.[1] ?? '';
    await send(simulator, {
      method: 'PUT',
      object,
      query: { uploadId, partNumber: '1' },
      body: 'a',
    });
    await send(simulator, {
      method: 'POST',
      object,
      query: { uploadId },
      headers: { 'x-oss-complete-all': 'yes' },
    });
    expect(await type()).toBe('application/octet-stream');

    const symlink = { query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'a' } };
    await send(simulator, { method: 'PUT', object, ...symlink });
    expect(simulator.objects.get(bucket, object)?.mimeType).toBe('application/octet-stream');
  });
});

describe('HEAD faults', () => {
  it('answer as told, then no more', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    simulator.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) {
      statuses.push((await send(simulator, { method: 'HEAD' })).status);
    }
    expect(statuses).toEqual([503, 503, 200]);
  });
});

describe('a data directory', () => {
  it('keeps objects and key pair over a restart', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    const headers = { 'x-oss-meta-id': '1', 'content-type': 'text/plain' };
    await send(first, { method: 'PUT', object: 'gone', body: 'gone' });
    await send(first, { method: 'PUT', object: 'a b/中', body: 'old', headers });
    await send(first, { method: 'PUT', object: 'a b/中', body: 'new', headers });
    await first.objects.delete(bucket, 'gone');
    const before = first.objects.list();
    await first.stop();

    const second = await startSimulator({ dataDirectory });
    expect(second.publicKey).toBe(first.publicKey);
    expect(second.objects.list()).toEqual(before);
    const object = second.objects.get(bucket, 'a b/中');
    expect(object).toMatchObject({ mimeType: 'text/plain', metadata: { id: '1' } });
    expect(object?.bytes.toString()).toBe('new');
    expect(await (await send(second, { object: 'a b/中' })).text()).toBe('new');
  });

  it('has a key that is unknown until it was read, and keeps its version', async () => {
    const { first, second } = await stoppedAndNew();
    const starting = second.start();
    expect(() => second.publicKey).toThrow('no key before it is started');
    await starting;
    expect(second.publicKey).toBe(first.publicKey);
    expect(second.publicKeyUrl).toBe(`${second.url}/callback_pub_key_v1.pem`);
  });

  it('has a key that is read once, though it is rotated during the start', async () => {
    const { first, second } = await stoppedAndNew();
    await Promise.all([second.start(), second.rotateKey()]);
    expect(second.publicKeyUrl).toBe(`${second.url}/callback_pub_key_v2.pem`);
    const earlier = await fetch(`${second.url}/callback_pub_key_v1.pem`);
    expect(await earlier.text()).toBe(first.publicKey);
  });

  it('has a key for each rotation, also for those at the same time', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    await Promise.all([first.rotateKey(), first.rotateKey()]);
    expect(first.publicKeyUrl).toBe(`${first.url}/callback_pub_key_v3.pem`);
    await first.stop();
    const second = await startSimulator({ dataDirectory });
    expect(second.publicKeyUrl).toBe(`${second.url}/callback_pub_key_v3.pem`);
    expect(second.publicKey).toBe(first.publicKey);
  });

  it('starts once where it is started twice at the same time, and stops where a start is under way', async () => {
    const dataDirectory = await temporaryFolder();
    const simulator = new OssSimulator({ dataDirectory });
    onTestFinished(() => simulator.stop());
    await Promise.all([simulator.start(), simulator.start()]);
    const { url } = simulator;
    await simulator.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');

    const starting = simulator.start();
    await simulator.stop();
    await starting;
    expect(() => simulator.url).toThrow('not running');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('holds one file of bytes per object and no path outside of it', async () => {
    const dataDirectory = await temporaryFolder();
    const simulator = await startSimulator({ dataDirectory });
    for (const body of ['1', '2', '3']) {
      await simulator.objects.put({ bucket, object: '../a/../../b', body });
    }
    await send(simulator, {
      method: 'PUT',
      object: 'bad',
      body: 'a',
      headers: { 'content-md5': 'AAAA' },
    });
    expect((await readdir(dataDirectory, { recursive: true })).toSorted()).toEqual([
      'callback-private-key.pem',
      'content',
      expect.stringMatching(/^content\/[0-9a-f-]{36}$/),
      'objects',
      expect.stringMatching(/^objects\/[0-9a-f]{64}\.json$/),
      'uploads',
    ]);
    const { mode } = await stat(join(dataDirectory, 'callback-private-key.pem'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('holds images that are looked into for the callback', async () => {
    const app = await startApp();
    const simulator = await startSimulator({ dataDirectory: await temporaryFolder() });
    const { callback } = callbackTo(app.url);
    const headers = { 'x-oss-callback': callback, 'content-type': 'application/octet-stream' };
    await send(simulator, { method: 'PUT', body: PNG, headers });
    const values = new URLSearchParams(app.received[0]?.body.toString());
    expect([values.get('width'), values.get('height'), values.get('format')]).toEqual([
      '2',
      '1',
      'png',
    ]);
  });

  it('is cleaned of what an interrupted run left', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    await first.objects.put({ bucket, object: 'a', body: 'a' });
    await first.stop();
    await writeFile(join(dataDirectory, 'content', 'half'), 'x');
    await writeFile(join(dataDirectory, 'objects', 'half.json'), '{');
    const second = await startSimulator({ dataDirectory });
    expect(second.objects.list()).toHaveLength(1);
    expect(await readdir(join(dataDirectory, 'content'))).toHaveLength(1);
  });

  it('never has a private key in its public key', async () => {
    const dataDirectory = await temporaryFolder();
    const simulator = await startSimulator({ dataDirectory });
    const pem = await readFile(join(dataDirectory, 'callback-private-key.pem'), 'utf8');
    expect(pem).toContain('PRIVATE KEY');
    expect(simulator.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });
});

/** One that was stopped, and another with its folder that has not been started. */
async function stoppedAndNew(): Promise<{ first: OssSimulator; second: OssSimulator }> {
  const dataDirectory = await temporaryFolder();
  const first = await startSimulator({ dataDirectory });
  await first.stop();
  const second = new OssSimulator({ dataDirectory });
  onTestFinished(() => second.stop());
  return { first, second };
}
