import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ResolvedBucket } from '../options/resolved.js';
import { resolveOssCallbackOptions } from '../options/validation.js';
import { bucketOf } from '../../test/support/answering-bucket.js';
import { countTimers } from '../../test/support/count-timers.js';
import { lookUpObject } from './object-lookup.js';

const answer =
  (status: number, headers: Record<string, string | undefined> = {}): RequestListener =>
  (_request, response) => {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.writeHead(status).end();
  };

const MISSING = { 'x-oss-request-id': 'R' };
const NORMAL = { ETag: '"A"', 'Content-Length': '0', 'x-oss-object-type': 'Normal' };

/** Answers with bytes that Node would not write. */
const raw =
  (head: string): RequestListener =>
  ({ socket }) =>
    void socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`, 'latin1');

const errorHeader = (code: string) =>
  Buffer.from(`<Error><Code>${code}</Code></Error>`).toString('base64');

describe('lookUpObject', () => {
  it('gives what the bucket says of the object', async () => {
    let asked: IncomingMessage | undefined;
    const bucket = await bucketOf((request, response) => {
      asked = request;
      answer(200, {
        ETag: '"d41d8cd98f00b204e9800998ecf8427e-2"',
        'Content-Length': '1048576',
        'Content-Type': 'image/png',
        'Content-MD5': '1B2M2Y8AsgTpgAmY7PhCfg==',
        'Last-Modified': 'Thu, 29 Feb 2024 12:00:00 GMT',
        Date: 'Thu, 29 Feb 2024 12:00:07 GMT',
        'x-oss-object-type': 'Multipart',
        'x-oss-hash-crc64ecma': '18446744073709551615',
        'x-oss-version-id': 'CAEQ',
        'x-oss-meta-upload-id': '01920000-0000-7000-8000-000000000000',
        'x-oss-meta-b': '2',
        'x-oss-meta-a': '1',
        'x-oss-storage-class': 'IA',
        'x-oss-tagging-count': '2',
      })(request, response);
    });
    expect(await lookUpObject(bucket, 'a/文 b.png')).toEqual({
      state: 'found',
      facts: {
        etag: 'D41D8CD98F00B204E9800998ECF8427E-2',
        size: 1_048_576,
        mimeType: 'image/png',
        crc64: '18446744073709551615',
        contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==',
        versionId: 'CAEQ',
        lastModified: new Date('2024-02-29T12:00:00Z'),
        ageMs: 7_000,
        uploadId: '01920000-0000-7000-8000-000000000000',
        options: {
          texts: { storageClass: 'IA', tagCount: '2', metadata: '[["a","1"],["b","2"]]' },
          hidden: [],
        },
      },
    });
    expect(asked).toMatchObject({
      method: 'HEAD',
      url: '/photos/a/%E6%96%87%20b.png',
      headers: {
        authorization: expect.stringMatching(/^OSS4-HMAC-SHA256 Credential=/),
        'accept-encoding': 'identity',
      },
    });
  });

  it('asks at the internal endpoint, where there is one', async () => {
    const { internalEndpoint } = await bucketOf(answer(404, MISSING));
    const { buckets } = resolveOssCallbackOptions({
      publicUrl: 'http://localhost:3000',
      buckets: {
        main: {
          bucket: 'photos',
          region: 'cn-hangzhou',
          endpoint: 'https://img.example.org',
          customDomain: true,
          internalEndpoint,
          pathStyle: true,
        },
      },
      tickets: { secrets: ['f3a9c1d27b845e60f3a9c1d27b845e60'] },
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    });
    expect(await lookUpObject(buckets.get('main')!, 'a')).toEqual({ state: 'missing' });
  });

  it('waits for credentials no longer than for OSS', async () => {
    const bucket = await bucketOf(answer(404, MISSING), {
      credentials: () => new Promise(() => {}),
    });
    const reason = 'the credentials did not come in time';
    const endsAtMs = performance.now() + 50;
    const unavailable = { state: 'unavailable', reason };
    expect(await lookUpObject(bucket, 'a', { endsAtMs })).toEqual(unavailable);
    expect(await lookUpObject(bucket, 'a', { endsAtMs })).toEqual(unavailable);
  });

  it('waits for credentials no longer than its caller, and leaves no timer behind', async () => {
    const running = countTimers(61_234);
    const leaving = new AbortController();
    const bucket: ResolvedBucket = {
      ...(await bucketOf(answer(404, MISSING))),
      getCredentials: () => {
        setImmediate(() => leaving.abort(new Error('the app shuts down')));
        return new Promise(() => {});
      },
    };
    const limits = { signal: leaving.signal, endsAtMs: performance.now() + 61_234 };
    expect(await lookUpObject(bucket, 'a', limits)).toEqual({
      state: 'unavailable',
      reason: 'the credentials did not come in time: the app shuts down',
    });
    expect(running()).toBe(0);
  });

  it('knows which options an answer does not show as they are stored', async () => {
    const shown = {
      ...NORMAL,
      'Content-Disposition': 'attachment',
      'x-oss-force-download': 'true',
    };
    const bucket = await bucketOf(answer(200, shown));
    const behindCdn = { ...bucket, customDomain: true };
    for (const [asked, hidden] of [
      [bucket, ['contentDisposition']],
      [behindCdn, ['contentDisposition', 'cacheControl', 'expires']],
      [{ ...behindCdn, endpoint: 'https://img.example.org' }, ['contentDisposition']],
    ] as const) {
      expect(await lookUpObject(asked, 'a')).toMatchObject({ facts: { options: { hidden } } });
    }
  });

  it('gives what little the bucket says', async () => {
    const bucket = await bucketOf(answer(200, NORMAL));
    expect(await lookUpObject(bucket, 'a')).toMatchObject({
      state: 'found',
      facts: { etag: 'A', size: 0, mimeType: '', crc64: undefined, uploadId: undefined },
    });
  });

  it('knows that the object is not there', async () => {
    expect(await lookUpObject(await bucketOf(answer(404, MISSING)), 'a')).toEqual({
      state: 'missing',
    });
  });

  it('does not ask for what no URL can carry', async () => {
    const bucket = await bucketOf(answer(200, NORMAL));
    expect(await lookUpObject(bucket, 'a/../b')).toEqual({ state: 'missing' });
  });

  it.each([
    [
      403,
      { 'x-oss-ec': '0003-00000001', 'x-oss-request-id': 'R' },
      'HEAD returned 403 (EC 0003-00000001, request R); the credentials need the permission oss:GetObject',
    ],
    [
      404,
      { 'x-oss-ec': '0015-00000101', 'x-oss-request-id': 'R' },
      'HEAD returned 404 (EC 0015-00000101, request R); the bucket photos does not exist',
    ],
    [500, {}, 'HEAD returned 500 (EC unknown, request unknown)'],
    [301, { location: 'http://evil.example/' }, 'HEAD returned 301 (EC unknown, request unknown)'],
    [
      400,
      { 'x-oss-ec': '0002-00000228', 'x-oss-request-id': 'R' }, // signed for another region
      'HEAD returned 400 (EC 0002-00000228, request R)',
    ],
    [
      400,
      { 'x-oss-err': errorHeader('InvalidArgument'), 'x-oss-request-id': 'R' },
      'HEAD returned 400 "InvalidArgument" (EC unknown, request R)',
    ],
    [
      404,
      { 'x-oss-err': errorHeader('NoSuchBucket'), 'x-oss-request-id': 'R' },
      'HEAD returned 404 "NoSuchBucket" (EC unknown, request R); the bucket photos does not exist',
    ],
    // not OSS's own
    [400, {}, 'HEAD returned 400 (EC unknown, request unknown)'],
    [404, {}, 'HEAD returned 404 (EC unknown, request unknown)'],
    [429, { 'x-oss-request-id': 'R' }, 'HEAD returned 429 (EC unknown, request R)'],
    [200, { ...NORMAL, ETag: undefined }, 'HEAD returned no etag'],
    [200, { ...NORMAL, 'Content-Length': undefined }, 'HEAD returned no content-length'],
    [200, { ...NORMAL, 'x-oss-object-type': undefined }, 'HEAD returned no x-oss-object-type'],
  ])('knows nothing where it is answered %i %j', async (status, headers, reason) => {
    const bucket = await bucketOf(answer(status, headers));
    expect(await lookUpObject(bucket, 'a')).toEqual({ state: 'unavailable', reason });
  }); // prettier-ignore

  it.each([
    [200, { ...NORMAL, 'x-oss-object-type': 'Symlink' }, 'its x-oss-object-type is "Symlink"'],
    [200, { ...NORMAL, 'x-oss-object-type': 'Appendable' }, 'its x-oss-object-type is "Appendable"'],
    [
      400,
      { 'x-oss-err': errorHeader('InvalidTargetType'), 'x-oss-request-id': 'R' },
      'HEAD returned 400 "InvalidTargetType" (EC unknown, request R)',
    ],
    [409, { 'x-oss-request-id': 'R' }, 'HEAD returned 409 (EC unknown, request R)'],
  ])('knows of what is answered %i %j that no upload made it', async (status, headers, reason) => {
    const bucket = await bucketOf(answer(status, headers));
    expect(await lookUpObject(bucket, 'a')).toEqual({ state: 'foreign', reason });
  }); // prettier-ignore

  it.each([
    ['which no header may hold', 'x-oss-meta-a: \u0001'],
    ['that end a header', 'x-oss-meta-a: 1\n2'],
    ['that are too many', `x-oss-meta-a: ${'a'.repeat(17_000)}`],
  ])('knows of metadata with characters %s that no upload made it', async (_what, head) => {
    const bucket = await bucketOf(raw(head));
    expect(await lookUpObject(bucket, 'a')).toEqual({
      state: 'foreign',
      reason: expect.stringContaining('Parse Error'),
    });
  });

  it('keeps its connections', async () => {
    const sockets = new Set<unknown>();
    const bucket = await bucketOf((request, response) => {
      sockets.add(request.socket);
      answer(404, { ...MISSING, 'Content-Length': '0' })(request, response);
    });
    for (let count = 0; count < 3; count += 1) {
      expect(await lookUpObject(bucket, 'a')).toEqual({ state: 'missing' });
    }
    expect(sockets.size).toBe(1);
  });

  it('asks once more where a kept connection was closed just then', async () => {
    const sockets = new Set<unknown>();
    const bucket = await bucketOf((request, response) => {
      if (sockets.has(request.socket)) {
        request.socket.destroy();
        return;
      }
      sockets.add(request.socket);
      answer(404, { ...MISSING, 'Content-Length': '0' })(request, response);
    });
    const askTwiceAtOnce = () =>
      Promise.all([lookUpObject(bucket, 'a'), lookUpObject(bucket, 'b')]);
    const missing = { state: 'missing' };
    expect(await askTwiceAtOnce()).toEqual([missing, missing]);
    expect(await askTwiceAtOnce()).toEqual([missing, missing]);
    expect(sockets.size).toBe(4);
  });

  it('asks once more where a kept connection had ended, and was reset, unnoticed', async () => {
    // in a thread of its own, which goes on while this one is busy
    const isOver = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { createServer } = require('node:http');
      const { parentPort, workerData: isOver } = require('node:worker_threads');
      const server = createServer((request, response) => {
        response.writeHead(404, { 'Content-Length': '0', 'x-oss-request-id': 'R' }).end();
        if (Atomics.load(isOver, 0) === 1) return;
        setTimeout(() => request.socket.end(), 50);
        setTimeout(() => request.socket.resetAndDestroy(), 100);
        setTimeout(() => {
          Atomics.store(isOver, 0, 1);
          Atomics.notify(isOver, 0);
        }, 200);
      }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true, workerData: isOver },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const [port] = (await once(worker, 'message')) as [number];
    const bucket = await bucketOf(answer(500), { localOss: { url: `http://127.0.0.1:${port}` } });
    expect(await lookUpObject(bucket, 'a')).toEqual({ state: 'missing' });
    Atomics.wait(isOver, 0, 0);
    expect(await lookUpObject(bucket, 'a')).toEqual({ state: 'missing' });
  });

  it('knows nothing where the other side wants to speak another protocol', async () => {
    const bucket = await bucketOf(({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    });
    expect(await lookUpObject(bucket, 'a')).toEqual({
      state: 'unavailable',
      reason: expect.stringContaining('closed without a response'),
    });
  });

  it('knows nothing where no answer comes', async () => {
    const bucket = await bucketOf((request) => void request.socket.destroy());
    expect(await lookUpObject(bucket, 'a')).toEqual({
      state: 'unavailable',
      reason: expect.stringMatching(/^HEAD 127\.0\.0\.1:\d+: socket hang up \(ECONNRESET\)$/),
    });
    const signal = AbortSignal.abort(new Error('no time left'));
    expect(await lookUpObject(bucket, 'a', { signal })).toEqual({
      state: 'unavailable',
      reason: expect.stringContaining('no time left'),
    });
  });
});
