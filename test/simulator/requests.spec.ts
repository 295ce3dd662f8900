import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  presignRequestV1,
  signatureV1,
  stringToSignV1,
} from '../../src/protocol/signing/signature-v1.js';
import { presignRequestV4, type SignedRequest } from '../../src/protocol/signing/signature-v4.js';
import { OssSimulator } from '../../src/simulator/index.js';
import { sendBytes } from '../support/raw-http.js';
import {
  bucket,
  codeOf,
  credentials,
  messageOf,
  region,
  send,
  startSimulator,
} from './simulator-harness.js';

const MINUTE = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms);

/** The headers of a request that an old client signs. */
function headersV1(target: Omit<SignedRequest, 'headers'>, signedAt = new Date()) {
  const date = signedAt.toUTCString();
  const headers = { 'x-oss-date': date };
  const signature = signatureV1(
    stringToSignV1({ ...target, headers }, date),
    credentials.accessKeySecret,
  );
  return { ...headers, authorization: `OSS ${credentials.accessKeyId}:${signature}` };
}

async function outcome(response: Response) {
  const text = await response.text();
  return { status: response.status, code: codeOf(text), message: messageOf(text) };
}

describe('times', () => {
  it.each([
    [14, 404, 'NoSuchKey'],
    [16, 403, 'RequestTimeTooSkewed'],
    [-14, 404, 'NoSuchKey'],
    [-16, 403, 'RequestTimeTooSkewed'],
  ])('a request signed %d minutes ago: %d %s', async (minutes, status, code) => {
    const simulator = await startSimulator();
    const signedAt = ago(minutes * MINUTE);
    expect(await outcome(await send(simulator, { signedAt }))).toMatchObject({ status, code });
    const headers = headersV1({ method: 'GET', bucket, object: 'a', query: {} }, signedAt);
    const v1 = await fetch(`${simulator.url}/${bucket}/a`, { headers });
    expect(await outcome(v1)).toMatchObject({ status, code });
  });

  it('a presigned URL ends', async () => {
    const simulator = await startSimulator();
    const target = { method: 'GET', bucket, object: 'a', query: {}, headers: {} };
    const scope = { credentials, region, signedAt: ago(10 * MINUTE) };
    const get = async (query: Record<string, string>) =>
      outcome(await fetch(`${simulator.url}/${bucket}/a?${new URLSearchParams(query).toString()}`));
    const ended = { status: 403, code: 'AccessDenied', message: 'Request has expired.' };
    expect(await get(presignRequestV4(target, { ...scope, expiresInSeconds: 599 }))).toEqual(ended);
    expect(await get(presignRequestV4(target, { ...scope, expiresInSeconds: 660 }))).toMatchObject({
      code: 'NoSuchKey',
    });
    expect(
      await get(presignRequestV4(target, { ...scope, expiresInSeconds: 604_801 })),
    ).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(await get(presignRequestV1(target, { credentials, expiresAt: ago(1000) }))).toEqual(
      ended,
    );
    expect(await get({ OSSAccessKeyId: 'a' })).toMatchObject({
      message:
        'Query string authentication requires the Signature, Expires and OSSAccessKeyId parameters.',
    });
  });
});

describe('who asks', () => {
  it('must sign', async () => {
    const simulator = await startSimulator();
    const response = await fetch(`${simulator.url}/${bucket}/a`);
    expect(await outcome(response)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('must have a known key', async () => {
    const simulator = await startSimulator({
      credentials: [{ accessKeyId: 'other', accessKeySecret: credentials.accessKeySecret }],
    });
    expect(await outcome(await send(simulator, {}))).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
  });

  it('must sign for the region of the bucket', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region: 'cn-beijing' } } });
    expect(await outcome(await send(simulator, {}))).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
  });

  it('must bring the token of temporary credentials', async () => {
    const temporary = { ...credentials, securityToken: 'token' };
    const simulator = await startSimulator({ credentials: [temporary] });
    expect((await outcome(await send(simulator, {}))).code).toBe('InvalidSecurityToken');
    const target = { method: 'GET', bucket, object: 'a', query: {}, headers: {} };
    const queries = [
      presignRequestV1(target, { credentials: temporary, expiresAt: ago(-MINUTE) }),
      presignRequestV4(target, {
        credentials: temporary,
        region,
        signedAt: new Date(),
        expiresInSeconds: 60,
      }),
    ];
    for (const query of queries) {
      const url = `${simulator.url}/${bucket}/a?${new URLSearchParams(query).toString()}`;
      expect((await outcome(await fetch(url))).code).toBe('NoSuchKey');
    }
  });

  it('is told both strings to sign, and so is the log', async () => {
    const lines: string[] = [];
    const simulator = await startSimulator({ log: (line) => lines.push(line) });
    const response = await send(simulator, { object: 'a', headers: { 'x-oss-a': '1' } });
    expect(response.status).toBe(404);
    const refused = await fetch(`${simulator.url}/${bucket}/b`, {
      headers: {
        authorization: `OSS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20300101/cn-hangzhou/oss/aliyun_v4_request,Signature=00`,
        'x-oss-date': '20300101T000000Z',
      },
    });
    expect((await outcome(refused)).code).toBe('RequestTimeTooSkewed');
    const other = presignRequestV4(
      { method: 'GET', bucket, object: '/b', query: {}, headers: {} },
      { credentials, region, signedAt: new Date(), expiresInSeconds: 9 },
    );
    const mismatch = await fetch(
      `${simulator.url}/${bucket}/b?${new URLSearchParams(other).toString()}`,
    );
    const text = await mismatch.text();
    expect(text).toContain('<StringToSign>OSS4-HMAC-SHA256\n');
    expect(text).toContain(`<CanonicalRequest>GET\n/${bucket}/b\n`);
    expect(lines.join('\n')).toMatch(/"OSS4-HMAC-SHA256" +\| "OSS4-HMAC-SHA256"/);
    expect(lines.join('\n')).toMatch(/! "\/photos\/b" +\| "\/photos\/\/b"/);
  });

  it('get nothing into the log that is long, or not visible', async () => {
    const lines: string[] = [];
    const simulator = await startSimulator({ log: (line) => lines.push(line) });
    const { host } = new URL(simulator.url);
    const bytes = (text: string) =>
      Buffer.from(`GET ${text} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const unseen = `\u001b[31m\u0085\u202e${'x'.repeat(20_000)}`;
    for (const target of [`/${bucket}/${unseen}`, `/${bucket}/a?${unseen}`, `/${unseen}`]) {
      await sendBytes(simulator.url, bytes(target));
      await sendBytes(simulator.url, bytes(encodeURI(target)));
    }
    const many = Array.from({ length: 300 }, (_, index) => [`x-oss-meta-${index}`, 'y'.repeat(99)]);
    await fetch(`${simulator.url}/${bucket}/a`, {
      headers: {
        ...Object.fromEntries(many),
        date: new Date().toUTCString(),
        authorization: `OSS ${credentials.accessKeyId}:AA`,
      },
    });
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(250);
    expect(lines.filter((line) => line.length > 2_001)).toEqual([]);
    expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);
  });

  it('need not sign where signatures are not checked', async () => {
    const simulator = await startSimulator({ checkSignatures: false });
    const url = `${simulator.url}/${bucket}/a+b`;
    expect((await fetch(url, { method: 'PUT', body: 'a' })).status).toBe(200);
    expect(await (await fetch(url)).text()).toBe('a');
  });
});

describe('what is meant', () => {
  it('is told by the host, the path or the default bucket', async () => {
    const simulator = await startSimulator({
      buckets: undefined,
      defaultBucket: 'fallback',
    });
    const put = (host: string, path: string, named: { bucket: string; object: string }) =>
      new Promise<number>((resolve, reject) => {
        const headers = headersV1({ method: 'PUT', query: {}, ...named });
        const { port } = new URL(simulator.url);
        const sent = request(
          { host: '127.0.0.1', port, method: 'PUT', path, headers: { ...headers, host } },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        sent.on('error', reject);
        sent.end('x');
      });
    const wanted = [
      { bucket: 'in-host', object: 'a/b c' },
      { bucket: 'in-path', object: 'a/b c' },
      { bucket: 'fallback', object: 'in-path/a' },
      { bucket: 'in-path', object: 'ruby dir/a+b' },
      { bucket: 'in-path', object: 'c dir/a' },
    ] as const;
    const statuses = [
      await put('in-host.oss-cn-hangzhou.aliyuncs.com', '/a/b%20c', wanted[0]),
      await put('127.0.0.1:9400', '/in-path/a/b%20c', wanted[1]),
      await put('127.0.0.1:9400', '/in-path/a', wanted[2]),
      await put('127.0.0.1:9400', '/in-path/ruby+dir%2Fa%2Bb', wanted[3]),
      await put('127.0.0.1:9400', '/in-path%2Fc%20dir%2Fa', wanted[4]),
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    for (const { bucket: name, object } of wanted) {
      expect(simulator.objects.get(name, object), `${name}/${object}`).toBeDefined();
    }
  });

  it('must be a bucket that exists', async () => {
    const simulator = await startSimulator({ buckets: { another: {} } });
    expect(await outcome(await send(simulator, {}))).toMatchObject({
      status: 404,
      code: 'NoSuchBucket',
    });
  });

  it.each([
    ['GET', { qos: '' }],
    ['PUT', { restore: '' }],
    ['POST', { seal: '', position: '0' }],
    ['PATCH', {}],
  ] as [string, Record<string, string>][])('%s %o is not implemented', async (method, query) => {
    const simulator = await startSimulator();
    const response = await send(simulator, {
      method,
      query,
      ...(method === 'GET' ? {} : { body: 'a' }),
    });
    expect(await outcome(response)).toMatchObject({ status: 400, code: 'NotImplemented' });
    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(simulator.objects.list()).toEqual([]);
  });
});

describe('browsers', () => {
  it('may ask from every origin and read what OSS exposes', async () => {
    const simulator = await startSimulator();
    const origin = 'http://localhost:5173';
    const preflight = await fetch(`${simulator.url}/${bucket}/a`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-oss-meta-a, content-type',
      },
    });
    expect(preflight.status).toBe(200);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringContaining('PUT') as string,
      'access-control-allow-headers': 'x-oss-meta-a, content-type',
    });
    const refused = await fetch(`${simulator.url}/${bucket}/a`, { headers: { origin } });
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
    expect(refused.headers.get('access-control-expose-headers')).toContain('ETag');
  });
});

describe('what real SDKs send', () => {
  it.each([
    [
      'a chunked body with a Content-Length',
      'Transfer-Encoding: chunked\r\nContent-Length: 3',
      '3\r\nabc\r\n0\r\n\r\n',
    ],
    ['Expect: 100-continue', 'Expect: 100-continue\r\nContent-Length: 3', 'abc'],
  ])('%s', async (_what, headers, body) => {
    const simulator = await startSimulator({ checkSignatures: false });
    const { port } = new URL(simulator.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write(
      `PUT /${bucket}/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n\r\n${body}`,
    );
    await once(socket, 'close');
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(simulator.objects.get(bucket, 'a')?.bytes.toString()).toBe('abc');
  });
});

describe('what would break a weaker server', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /photos/%00 HTTP/1.1\r\nHost: \r\n\r\n',
    'PUT /photos/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc',
    `GET /photos/a?${'a&'.repeat(5000)}__proto__=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    'POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=\r\nContent-Length: 1\r\n\r\na',
  ])('%j', async (bytes) => {
    const simulator = await startSimulator({ checkSignatures: false });
    const { port } = new URL(simulator.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(bytes);
    await once(socket, 'close');
    expect((await fetch(simulator.publicKeyUrl)).status).toBe(200);
    expect(simulator.objects.list()).toEqual([]);
  });

  it('a form field with line breaks in what becomes a header', async () => {
    const simulator = await startSimulator({ checkSignatures: false });
    const form = new FormData();
    form.append('key', 'a');
    form.append('x-oss-content-type', 'text/html\r\nx-evil: 1');
    form.append('x-oss-meta-a', '\u0000\r\n中');
    form.append('file', new Blob(['a']));
    await fetch(`${simulator.url}/${bucket}`, { method: 'POST', body: form });
    const response = await fetch(`${simulator.url}/${bucket}/a`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-evil')).toBeNull();
  });
});

describe('the simulator', () => {
  it('starts again at the same URL', async () => {
    const simulator = await startSimulator();
    const { url } = simulator;
    await simulator.stop();
    expect(() => simulator.url).toThrow('not running');
    await simulator.start();
    expect(simulator.url).toBe(url);
  });

  it('says so where its port is taken', async () => {
    const { url } = await startSimulator();
    const other = new OssSimulator({ port: Number(new URL(url).port) });
    await expect(other.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await other.stop();
  });

  it('makes a key of its own at each start', async () => {
    const [one, two] = [await startSimulator(), await startSimulator()];
    expect(one.publicKey).not.toBe(two.publicKey);
  });
});
