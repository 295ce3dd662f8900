import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OperationName } from '../../src/simulator/operations/operation-name.js';
import {
  bucket,
  codeOf,
  credentials,
  putWithCallback,
  type ReceivedCallback,
  region,
  type RequestParts,
  send,
  startApp,
  startSimulator,
  verifies,
} from './simulator-harness.js';

const keyUrlOf = ({ headers }: ReceivedCallback) =>
  Buffer.from(String(headers['x-oss-pub-key-url']), 'base64').toString();

const keyAt = async (url: string) => (await fetch(url)).text();

describe('faults of an upload', () => {
  it.each([500, 503])('answer %i: nothing is stored and no callback is sent', async (status) => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'upload', effect: 'answer', status });
    expect((await putWithCallback(simulator, app.url)).status).toBe(status);
    expect([app.received.length, simulator.objects.list().length]).toEqual([0, 0]);
    expect((await putWithCallback(simulator, app.url)).status).toBe(200);
  });

  it('answer after storing: the app knows of an upload that its client thinks failed', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'upload', effect: 'answer', status: 502, afterStoring: true });
    expect((await putWithCallback(simulator, app.url)).status).toBe(502);
    expect([app.received.length, simulator.objects.list().length]).toEqual([1, 1]);
  });

  it('apply to forms, and to operations by name', async () => {
    const simulator = await startSimulator({ checkSignatures: false });
    const post = () => {
      const form = new FormData();
      form.append('key', 'a');
      form.append('file', new Blob(['a']), 'a');
      return fetch(`${simulator.url}/${bucket}/`, { method: 'POST', body: form });
    };
    const operation = 'PostObject';
    simulator.faults.inject({ at: 'upload', effect: 'answer', status: 500 }, { operation });
    expect((await send(simulator, { method: 'PUT', body: 'a' })).status).toBe(200);
    expect((await post()).status).toBe(500);
    simulator.faults.inject({ at: 'upload', effect: 'answer', status: 500, afterStoring: true });
    expect((await post()).status).toBe(500);
    expect(simulator.objects.get(bucket, 'a')).toBeDefined();
  });

  it.each([
    ['AppendObject', { method: 'POST', query: { append: '', position: '0' }, body: 'a' }],
    ['CopyObject', { method: 'PUT', headers: { 'x-oss-copy-source': `/${bucket}/source` } }],
  ] as [OperationName, RequestParts][])('apply to %s', async (operation, parts) => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'source', body: 'a' });
    simulator.faults.inject({ at: 'upload', effect: 'answer', status: 503 }, { operation });
    expect((await send(simulator, parts)).status).toBe(503);
    expect(simulator.objects.get(bucket, 'a.txt')).toBeUndefined();
    expect((await send(simulator, parts)).status).toBe(200);
  });

  it.each(['upload', 'head-object'] as const)('delay: %s answers late', async (at) => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    simulator.faults.inject({ at, effect: 'delay', delayMs: 80 });
    const startedAt = performance.now();
    const upload = at === 'upload' ? { method: 'PUT', body: 'b' } : { method: 'HEAD' };
    expect((await send(simulator, upload)).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(75);
  });

  it('cut: the connection ends in the middle of a part, which is not there then', async () => {
    const simulator = await startSimulator();
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
    const query = { partNumber: '1', uploadId };
    const scope = { operation: 'UploadPart' as const };
    simulator.faults.inject({ at: 'upload', effect: 'cut', afterBytes: 70_000 }, scope);
    const body = Buffer.alloc(200_000, 1);
    await expect(send(simulator, { method: 'PUT', query, body })).rejects.toThrow('fetch failed');
    const parts = await send(simulator, { query: { uploadId } });
    expect(await parts.text()).not.toContain('<Part>');
    expect((await send(simulator, { method: 'PUT', query, body })).status).toBe(200);
  });

  it('cut: no answer goes out', async () => {
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'upload', effect: 'cut', afterBytes: 1 });
    const headers = signRequestV4(
      { method: 'PUT', bucket, object: 'a', query: {}, headers: {} },
      { credentials, region, signedAt: new Date() },
    );
    const { port, hostname } = new URL(simulator.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `PUT /${bucket}/a HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}Content-Length: 9\r\n\r\nabc`,
    );
    await once(socket, 'close');
    expect([answer, simulator.objects.list()]).toEqual(['', []]);
  });
});

describe('faults of a callback', () => {
  it('fail: the uploader reads what was told', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const message = 'Too many callback requests.';
    simulator.faults.inject({ at: 'callback', effect: 'fail', message });
    const { status, message: read, text } = await putWithCallback(simulator, app.url);
    expect([status, codeOf(text), read]).toEqual([203, 'CallbackFailed', message]);
    expect(app.received).toEqual([]);
  });

  it('deliver-after-overwrite: the object is another when the app is called', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const body = 'other content';
    simulator.faults.inject({ at: 'callback', effect: 'deliver-after-overwrite', body });
    expect((await putWithCallback(simulator, app.url)).status).toBe(200);
    const now = simulator.objects.get(bucket, 'a.txt');
    expect(now?.bytes.toString()).toBe(body);
    const told = new URLSearchParams(app.received[0]?.body.toString());
    expect(told.get('size')).toBe('7');
    expect(told.get('etag')).not.toBe(now?.etag);
  });

  it('foreign-key-url: it verifies with the key that it names, which is not that of OSS', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'callback', effect: 'foreign-key-url' });
    await putWithCallback(simulator, app.url);
    const [callback] = app.received;
    const url = keyUrlOf(callback!);
    expect(url).not.toBe(simulator.publicKeyUrl);
    expect(verifies(callback, await keyAt(url))).toBe(true);
    expect(verifies(callback, simulator.publicKey)).toBe(false);
    const evil = 'https://evil.example/callback_pub_key_v1.pem';
    simulator.faults.inject({ at: 'callback', effect: 'foreign-key-url', url: evil });
    await putWithCallback(simulator, app.url);
    expect(keyUrlOf(app.received[1]!)).toBe(evil);
  });
});

describe('rotating the key', () => {
  it.each([false, true])('behind the same URL: %s', async (sameUrl) => {
    const app = await startApp();
    const simulator = await startSimulator();
    const before = { url: simulator.publicKeyUrl, key: simulator.publicKey };
    await simulator.rotateKey({ sameUrl });
    expect(simulator.publicKey).not.toBe(before.key);
    expect(simulator.publicKeyUrl === before.url).toBe(sameUrl);
    await putWithCallback(simulator, app.url);
    const [callback] = app.received;
    expect(keyUrlOf(callback!)).toBe(simulator.publicKeyUrl);
    expect(verifies(callback, await keyAt(simulator.publicKeyUrl))).toBe(true);
    expect(verifies(callback, before.key)).toBe(false);
    expect((await keyAt(before.url)) === before.key).toBe(!sameUrl);
  });
});
