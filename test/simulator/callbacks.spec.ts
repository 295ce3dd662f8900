import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type AppAnswer,
  bucket,
  codeOf,
  messageOf,
  putWithCallback,
  send,
  startApp,
  startSimulator,
  verifies,
} from './simulator-harness.js';

/**
 * Adds a header to all requests of this process, as OpenTelemetry's instrumentation of HTTP does.
 * @returns what ends it
 */
function copyHeadersOfRequests(): () => void {
  const { request } = http;
  http.request = (options: unknown, ...rest: unknown[]) => {
    const { headers, ...others } = options as http.RequestOptions;
    const copied = { ...others, headers: Object.assign({ traceparent: '00-1' }, headers) };
    return Reflect.apply(request, http, [copied, ...rest]) as http.ClientRequest;
  };
  syncBuiltinESMExports();
  return () => {
    http.request = request;
    syncBuiltinESMExports();
  };
}

describe('a callback', () => {
  it("carries OSS's headers in OSS's order", async () => {
    const app = await startApp();
    const simulator = await startSimulator({
      buckets: { [bucket]: { owner: '1544709436620439' } },
    });
    const { response } = await putWithCallback(simulator, app.url);
    const [callback] = app.received;
    const names = callback?.rawHeaders.filter((_text, index) => index % 2 === 0);
    expect(names).toEqual([
      'Host',
      'Connection',
      'Content-Length',
      'Authorization',
      'Content-MD5',
      'Content-Type',
      'Date',
      'User-Agent',
      'x-oss-additional-headers',
      'x-oss-bucket',
      'x-oss-owner',
      'x-oss-pub-key-url',
      'x-oss-request-id',
      'x-oss-requester',
      'x-oss-signature-version',
      'x-oss-tag',
      'EagleEye-RpcId',
    ]);
    expect(callback).toMatchObject({ method: 'POST', url: '/oss/callback?a=%2F' });
    expect(callback?.headers).toMatchObject({
      host: new URL(app.url).host,
      connection: 'close',
      'content-length': String(callback?.body.byteLength),
      'content-md5': createHash('md5')
        .update(callback?.body ?? '')
        .digest('base64'),
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'aliyun-oss-callback',
      'x-oss-additional-headers': '',
      'x-oss-bucket': bucket,
      'x-oss-owner': '1544709436620439',
      'x-oss-requester': '1544709436620439',
      'x-oss-request-id': response.headers.get('x-oss-request-id'),
      'x-oss-signature-version': '1.0',
      'x-oss-tag': 'CALLBACK',
    });
    const keyUrl = Buffer.from(String(callback?.headers['x-oss-pub-key-url']), 'base64').toString();
    expect(keyUrl).toBe(simulator.publicKeyUrl);
    expect(await (await fetch(keyUrl)).text()).toBe(simulator.publicKey);
    expect(verifies(callback, simulator.publicKey)).toBe(true);
  });

  it('keeps its headers where instrumentation copies those of each request', async () => {
    onTestFinished(copyHeadersOfRequests());
    const app = await startApp();
    const simulator = await startSimulator();
    const { response } = await putWithCallback(simulator, app.url);
    expect(response.status).toBe(200);
    const [callback] = app.received;
    expect(verifies(callback, simulator.publicKey)).toBe(true);
    expect(callback?.headers).toMatchObject({ 'x-oss-tag': 'CALLBACK', traceparent: '00-1' });
  });

  it('gives its answer to the uploader, byte for byte', async () => {
    const body = Buffer.from('{ "中": 1 }\n');
    const app = await startApp(() => ({ body }));
    const simulator = await startSimulator();
    const { response, status, text } = await putWithCallback(simulator, app.url);
    expect({ status, text }).toEqual({ status: 200, text: body.toString() });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(body.byteLength),
      etag: '"9A0364B9E99BB480DD25E1F0284C8555"',
      'content-md5': 'mgNkuembtIDdJeHwKEyFVQ==',
      'x-oss-hash-crc64ecma': expect.stringMatching(/^\d+$/) as string,
      'x-oss-request-id': expect.stringMatching(/^[0-9A-F]{24}$/) as string,
      'x-oss-server-time': expect.stringMatching(/^\d+$/) as string,
      server: 'AliyunOSS',
    });
  });

  it('goes to the next URL after a failure, each signed for itself, and to none after a success', async () => {
    const first = await startApp(() => ({ status: 500 }));
    const second = await startApp();
    const third = await startApp();
    const simulator = await startSimulator();
    const otherPath = second.url.replace('/oss/callback', '/other');
    const { status } = await putWithCallback(simulator, first.url, otherPath, third.url);
    expect(status).toBe(200);
    expect([first, second, third].map(({ received }) => received.length)).toEqual([1, 1, 0]);
    expect(verifies(first.received[0], simulator.publicKey)).toBe(true);
    expect(second.received[0]?.url).toBe('/other?a=%2F');
    expect(verifies(second.received[0], simulator.publicKey)).toBe(true);
  });

  it('requests the path as it is written', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const { origin } = new URL(app.url);
    for (const path of ['/a/%2e%2e/b/./c?', `/%E4%B8%AD?q='x'`]) {
      await putWithCallback(simulator, `${origin}${path}`);
      const callback = app.received.at(-1);
      expect(callback?.url).toBe(path);
      expect(verifies(callback, simulator.publicKey)).toBe(true);
    }
  });

  it('is reported while it happens', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const seen: string[] = [];
    simulator.events.on('stored', ({ object }) => seen.push(`stored ${object.object}`));
    simulator.events.on('callback', ({ path }) => seen.push(`callback ${path}`));
    simulator.events.on('callback-answered', ({ answer }) => seen.push(`answer ${answer?.status}`));
    const answered = once(simulator.events, 'request');
    await putWithCallback(simulator, app.url);
    await answered;
    expect(seen).toEqual(['stored a.txt', 'callback /oss/callback?a=%2F', 'answer 200']);
  });
});

describe('a callback whose answer OSS does not take', () => {
  it.each<[string, AppAnswer, string]>([
    ['another status', { status: 404 }, 'Error status : 404.'],
    ['another good status', { status: 201 }, 'Error status : 201.'],
    ['a redirect', { status: 301, headers: { location: '/x' } }, 'Error status : 301.'],
    ['no JSON', { body: 'OK' }, 'Response body is not valid json format.'],
    ['a byte order mark', { body: '\uFEFF{}' }, 'Response body is not valid json format.'],
    [
      'no length',
      { headers: { 'transfer-encoding': 'chunked' } },
      'Error Status : 400.User server missing content-length.',
    ],
    ['no body', { body: '' }, 'Error Status : 400.User server return invalid conent-length value.'],
    [
      'too much',
      { body: `"${'x'.repeat(1024 * 1024)}"` },
      'Error Status : 400.User server return too long content-length value.',
    ],
  ])('%s', async (_what, answer, message) => {
    const app = await startApp(() => answer);
    const simulator = await startSimulator();
    const result = await putWithCallback(simulator, app.url);
    expect({ status: result.status, message: result.message }).toEqual({ status: 203, message });
    expect(codeOf(result.text)).toBe('CallbackFailed');
    expect(result.response.headers.get('content-type')).toBe('application/xml');
    expect(result.response.headers.get('etag')).toBe('"9A0364B9E99BB480DD25E1F0284C8555"');
    expect(result.response.headers.get('x-oss-hash-crc64ecma')).toMatch(/^\d+$/);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('content');
    expect(app.received).toHaveLength(1);
    expect(simulator.callbacks[0]?.failure?.message).toBe(message);
  });

  it('because nothing listens', async () => {
    const simulator = await startSimulator();
    const result = await putWithCallback(simulator, 'http://127.0.0.1:1/');
    expect(result).toMatchObject({ status: 203, message: 'Error status : 502.' });
  });

  it('because it is late', async () => {
    const app = await startApp(() => undefined);
    const simulator = await startSimulator({ callbackTimeoutMs: 50 });
    const result = await putWithCallback(simulator, app.url);
    expect(result).toMatchObject({ status: 203, message: 'Cost too long time.' });
    expect(result.text).toContain('<EC>0007-00000202</EC>');
  });

  it('because the simulator stops: no upload is left hanging', async () => {
    const app = await startApp(() => undefined);
    const simulator = await startSimulator();
    const upload = putWithCallback(simulator, app.url).catch((error: unknown) => error);
    await once(simulator.events, 'callback');
    await simulator.stop();
    expect(await upload).toBeInstanceOf(Error);
  });
});

describe('a callback parameter that OSS refuses', () => {
  const base64 = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64');
  const good = base64({ callbackUrl: 'http://127.0.0.1:1/', callbackBody: 'a' });

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    [
      'is not base64',
      { 'x-oss-callback': '***' },
      {},
      'The callback configuration is not base64 encoded.',
    ],
    [
      'is not JSON',
      { 'x-oss-callback': 'AAAA' },
      {},
      'The callback configuration is not json format.',
    ],
    [
      'has no URL',
      { 'x-oss-callback': base64({ callbackBody: 'a' }) },
      {},
      'The callback url configuration is invalid.',
    ],
    [
      'has bad variables',
      { 'x-oss-callback': good, 'x-oss-callback-var': base64({ 'x:A': '1' }) },
      {},
      'The callback var is not expecten json.',
    ],
    [
      'comes twice',
      { 'x-oss-callback': good },
      { callback: good },
      'Either the callback query string parameter or the x-oss-callback header should be specified, not both.',
    ],
    [
      'has variables twice',
      { 'x-oss-callback': good, 'x-oss-callback-var': base64({}) },
      { 'callback-var': base64({}) },
      'Either the callback-var query string parameter or the x-oss-callback-var header should be specified, not both.',
    ],
  ])('because it %s', async (_what, headers, query, message) => {
    const simulator = await startSimulator();
    const response = await send(simulator, { method: 'PUT', body: 'a', headers, query });
    const text = await response.text();
    expect({ status: response.status, code: codeOf(text), message: messageOf(text) }).toEqual({
      status: 400,
      code: 'InvalidArgument',
      message,
    });
    expect(text).toMatch(/<ArgumentName>callback(-var)?<\/ArgumentName>/);
    expect(simulator.objects.list()).toEqual([]);
  });

  it('but one in the query alone is taken', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const query = { callback: base64({ callbackUrl: app.url, callbackBody: 'size=${size}' }) };
    const response = await send(simulator, { method: 'PUT', body: 'abc', query });
    expect(response.status).toBe(200);
    expect(app.received[0]?.body.toString()).toBe('size=3');
  });
});

describe('faults of a callback', () => {
  it('drop: the app is not called', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'callback', effect: 'drop' });
    const result = await putWithCallback(simulator, app.url);
    expect(result.message).toContain('OSS can not connect to your callbackUrl');
    expect(app.received).toEqual([]);
    expect((await putWithCallback(simulator, app.url)).status).toBe(200); // once is once
  });

  it('lose-answer: the app is called, the uploader reads of a failure', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'callback', effect: 'lose-answer' });
    expect((await putWithCallback(simulator, app.url)).status).toBe(203);
    expect(app.received).toHaveLength(1);
  });

  it.each([false, true])('deliver-twice, concurrently %s: the same bytes', async (concurrently) => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'callback', effect: 'deliver-twice', concurrently });
    await putWithCallback(simulator, app.url);
    const [first, second] = app.received;
    expect(app.received).toHaveLength(2);
    expect(second?.body).toEqual(first?.body);
    expect(second?.rawHeaders).toEqual(first?.rawHeaders);
  });

  it.each(['tamper-body', 'tamper-signature'] as const)(
    '%s: it does not verify',
    async (effect) => {
      const app = await startApp();
      const simulator = await startSimulator();
      simulator.faults.inject({ at: 'callback', effect }, { object: 'a.txt' });
      await putWithCallback(simulator, app.url);
      await putWithCallback(simulator, app.url);
      const verdicts = app.received.map((callback) => verifies(callback, simulator.publicKey));
      expect(verdicts).toEqual([false, true]);
    },
  );

  it('delay: the app is called later', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    simulator.faults.inject({ at: 'callback', effect: 'delay', delayMs: 60 });
    const startedAt = performance.now();
    await putWithCallback(simulator, app.url);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });

  it('occur for their scope, as many times as set, until removed', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const fault = { at: 'callback', effect: 'drop' } as const;
    simulator.faults.inject(fault, { object: 'another' });
    const takeBack = simulator.faults.inject(fault, { times: Infinity, bucket });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) {
      statuses.push((await putWithCallback(simulator, app.url)).status);
    }
    takeBack();
    statuses.push((await putWithCallback(simulator, app.url)).status);
    expect(statuses).toEqual([203, 203, 203, 200]);
    expect(simulator.faults.pending).toEqual([fault]);
  });
});

describe('a record of a callback', () => {
  it('can be sent again as it was', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    await putWithCallback(simulator, app.url);
    const [record] = simulator.callbacks;
    await fetch(record?.url ?? '', {
      method: 'POST',
      body: record?.body ?? '',
      headers: { authorization: record?.headers.Authorization ?? '' },
    });
    expect(app.received).toHaveLength(2);
    expect(verifies(app.received[1], simulator.publicKey)).toBe(true);
    expect(record?.answer?.body.toString()).toBe('{"ok":true}');
    expect(record?.answeredAt?.getTime()).toBeGreaterThanOrEqual(record?.startedAt.getTime() ?? 0);
  });
});
