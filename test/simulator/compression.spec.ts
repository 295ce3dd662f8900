import { get, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, startSimulator, temporaryFolder } from './simulator-harness.js';

const BODY = 'page '.repeat(1_000);

async function start(options: Parameters<typeof startSimulator>[0] = {}): Promise<OssSimulator> {
  const simulator = await startSimulator({ checkSignatures: false, ...options });
  await simulator.objects.put({
    bucket,
    object: 'a',
    body: BODY,
    mimeType: 'text/plain; charset=utf-8',
  });
  return simulator;
}

/** Without fetch, which decompresses. */
function ask(
  simulator: OssSimulator,
  headers: Record<string, string>,
  { method = 'GET', path = `/${bucket}/a` } = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(simulator.url + path, { method, headers }, resolve)
      .on('error', reject)
      .end();
  });
}

describe('a page for a client that accepts gzip', () => {
  it.each(['in memory', 'on disk'])(
    'is compressed %s, without its size and ETag',
    async (where) => {
      const dataDirectory = where === 'on disk' ? await temporaryFolder() : undefined;
      const simulator = await start({ dataDirectory });
      const response = await ask(simulator, { 'accept-encoding': 'deflate, gzip;q=0.5' });
      expect(response.headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-type': 'text/plain; charset=utf-8',
        'transfer-encoding': 'chunked',
        'x-oss-hash-crc64ecma': simulator.objects.get(bucket, 'a')?.crc64,
        vary: 'Accept-Encoding',
      });
      for (const name of ['etag', 'content-length', 'accept-ranges']) {
        expect(response.headers).not.toHaveProperty(name);
      }
      expect(gunzipSync(await buffer(response)).toString()).toBe(BODY);
    },
  );

  it('is described by HEAD in the same way', async () => {
    const simulator = await start();
    const { headers } = await ask(simulator, { 'accept-encoding': 'gzip' }, { method: 'HEAD' });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('content-length');
  });

  it('varies with the page of a browser as well', async () => {
    const simulator = await start();
    const headers = { 'accept-encoding': 'gzip', origin: 'http://localhost:3000' };
    expect((await ask(simulator, headers)).headers.vary).toBe('Accept-Encoding, Origin');
  });

  it.each([
    ['does not accept gzip', { 'accept-encoding': 'identity' }],
    ['excludes gzip', { 'accept-encoding': 'deflate, gzip;q=0' }],
    ['wants a range', { 'accept-encoding': 'gzip', range: 'bytes=0-1999' }],
  ])('is as it is for a client that %s', async (_why, headers) => {
    const response = await ask(await start(), headers);
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(BODY).toContain((await buffer(response)).toString());
  });

  it.each([
    ['small', { body: 'a'.repeat(1_023), mimeType: 'text/plain' }],
    ['a picture', { body: BODY, mimeType: 'image/png' }],
    ['encoded', { body: BODY, mimeType: 'text/css', headers: { 'content-encoding': 'br' } }],
  ])('is as it is where it is %s', async (_why, object) => {
    const simulator = await start();
    await simulator.objects.put({ bucket, object: 'a', ...object });
    const response = await ask(simulator, { 'accept-encoding': 'gzip' });
    expect(response.headers['content-length']).toBe(String(object.body.length));
    expect((await buffer(response)).toString()).toBe(object.body);
  });

  it('may go away before it has read it', async () => {
    const simulator = await start({ dataDirectory: await temporaryFolder() });
    await simulator.objects.put({
      bucket,
      object: 'large',
      body: Buffer.alloc(32 * 1024 * 1024, 'page'),
      mimeType: 'text/html',
    });
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(`${simulator.url}/${bucket}/large`, { headers: { 'accept-encoding': 'gzip' } }, resolve);
    });
    response.destroy();
    const next = await ask(simulator, { 'accept-encoding': 'gzip' });
    expect(gunzipSync(await buffer(next)).toString()).toBe(BODY);
  });
});
