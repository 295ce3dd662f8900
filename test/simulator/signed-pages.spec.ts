import { describe, expect, it } from 'vitest';
import { encodePostPolicy, type PolicyCondition } from '../../src/protocol/signing/post-policy.js';
import { encodeObjectPath } from '../../src/protocol/signing/percent-encoding.js';
import { signatureRpc } from '../../src/protocol/signing/signature-rpc.js';
import {
  presignRequestV4,
  signPolicyV4,
  signRequestV4,
  v4Credential,
  v4Date,
} from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator, OssSimulatorOptions } from '../../src/simulator/index.js';
import { type RawResponse, sendRaw } from '../support/raw-http.js';
import {
  bucket,
  callbackTo,
  credentials,
  region,
  startApp,
  startSimulator,
} from './simulator-harness.js';

// The default key stands in the documents: a web page can sign whatever an app can.

const scope = () => ({ credentials, region, signedAt: new Date() });

interface PageRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** The request of a client that knows the key, signed in its headers. */
function signed(method: string, object: string, query: Record<string, string> = {}): PageRequest {
  const headers = signRequestV4({ method, bucket, object, query, headers: {} }, scope());
  return { method, target: targetOf(`/${bucket}/${encodeObjectPath(object)}`, query), headers };
}

/** The same as a presigned URL. */
function presigned(method: string, object: string): PageRequest {
  const query = presignRequestV4(
    { method, bucket, object, query: {}, headers: {} },
    { ...scope(), expiresInSeconds: 60 },
  );
  return { method, target: targetOf(`/${bucket}/${encodeObjectPath(object)}`, query), headers: {} };
}

function targetOf(path: string, query: Record<string, string>): string {
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
  return `${path}${search && `?${search}`}`;
}

async function signedForm(callback = ''): Promise<PageRequest> {
  const expiresAt = new Date(Date.now() + 60_000);
  const signer = scope();
  const conditions: PolicyCondition[] = [
    { bucket },
    { 'x-oss-signature-version': 'OSS4-HMAC-SHA256' },
    { 'x-oss-credential': v4Credential(signer) },
    { 'x-oss-date': v4Date(signer.signedAt) },
  ];
  const policy = encodePostPolicy({ expiresAt, conditions });
  const form = new FormData();
  const fields = { key: 'form.txt', policy, ...signPolicyV4(policy, signer), callback };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob(['x']), 'a.txt');
  const request = new Request('http://a/', { method: 'POST', body: form });
  return {
    method: 'POST',
    target: `/${bucket}/`,
    headers: { 'Content-Type': request.headers.get('content-type')! },
    body: Buffer.from(await request.arrayBuffer()),
  };
}

function assumeRole(): PageRequest {
  const parameters = {
    Action: 'AssumeRole',
    AccessKeyId: credentials.accessKeyId,
    RoleArn: 'acs:ram::1234567890123456:role/uploader',
    RoleSessionName: 'page',
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: String(Math.random()),
    Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
    Version: '2015-04-01',
  };
  const Signature = signatureRpc('GET', parameters, credentials.accessKeySecret);
  return { method: 'GET', target: targetOf('/', { ...parameters, Signature }), headers: {} };
}

async function everyRequest(): Promise<Record<string, PageRequest>> {
  return {
    GET: signed('GET', 'a.txt'),
    'presigned GET': presigned('GET', 'a.txt'),
    HEAD: signed('HEAD', 'a.txt'),
    list: signed('GET', '', { 'list-type': '2' }),
    PUT: { ...signed('PUT', 'b.txt'), body: Buffer.from('x') },
    'presigned PUT': { ...presigned('PUT', 'b.txt'), body: Buffer.from('x') },
    'PUT of a bucket': signed('PUT', ''),
    DELETE: signed('DELETE', 'a.txt'),
    form: await signedForm(),
    AssumeRole: assumeRole(),
  };
}

function send(
  simulator: OssSimulator,
  request: PageRequest,
  headers: Record<string, string>,
): Promise<RawResponse> {
  const all = { Connection: 'close', ...request.headers, ...headers };
  return sendRaw(simulator.url, { ...request, headers: all });
}

async function start(options: OssSimulatorOptions = {}): Promise<OssSimulator> {
  const simulator = await startSimulator(options);
  await simulator.objects.put({ bucket, object: 'a.txt', body: 'private text' });
  return simulator;
}

async function expectAllRefused(simulator: OssSimulator, headers: Record<string, string>) {
  for (const [what, request] of Object.entries(await everyRequest())) {
    const answer = await send(simulator, request, headers);
    expect(answer.status, what).toBe(403);
    expect(answer.header('access-control-allow-origin'), what).toBeUndefined();
    expect(answer.body.toString(), what).not.toMatch(/private text|a\.txt|SecurityToken/);
  }
  expect(simulator.objects.list().map(({ object }) => object)).toEqual(['a.txt']);
}

describe('with a good signature', () => {
  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://10.0.0.1'])(
    'a page of %s can use nothing',
    async (origin) => {
      await expectAllRefused(await start(), { Origin: origin });
    },
  );

  it.each(['evil.example', `${bucket}.evil.example`, 'localhost.evil.example', 'intranet'])(
    'a page whose host name %s was rebound can use nothing',
    async (host) => {
      const simulator = await start();
      const { port } = new URL(simulator.url);
      await expectAllRefused(simulator, { Host: `${host}:${port}` });
      const preflight = await send(
        simulator,
        { method: 'OPTIONS', target: `/${bucket}/a.txt`, headers: {} },
        {
          Host: `${host}:${port}`,
          Origin: 'http://localhost',
          'Access-Control-Request-Method': 'PUT',
        },
      );
      expect(preflight.status).toBe(403);
    },
  );

  it('a form of another page has no callback sent', async () => {
    const service = await startApp();
    const simulator = await start();
    const form = await signedForm(callbackTo(service.url).callback);
    const page = { Origin: 'https://evil.example' };
    expect((await send(simulator, form, page)).status).toBe(403);
    expect(service.received).toEqual([]);
    expect((await send(simulator, form, {})).status).toBe(200);
    expect(service.received).toHaveLength(1);
  });

  it.each([
    'http://localhost:3000',
    'https://127.0.0.1',
    'http://[::1]:8080',
    'http://app.localhost',
  ])('a page of %s, which is this machine, can use everything', async (origin) => {
    const simulator = await start();
    for (const [what, request] of Object.entries(await everyRequest())) {
      const answer = await send(simulator, request, { Origin: origin });
      expect(answer.status, what).toBeLessThan(300);
    }
  });

  it('a page can use the bucket that allows it, and no other one by its side', async () => {
    const origin = 'https://app.test';
    const simulator = await start({
      buckets: { [bucket]: { region }, open: { region, corsOrigins: [origin] } },
    });
    const { port } = new URL(simulator.url);
    const objectOf = (name: string) =>
      signRequestV4(
        { method: 'PUT', bucket: name, object: 'b.txt', query: {}, headers: {} },
        scope(),
      );
    const put = (name: string, host: string, path: string) =>
      send(
        simulator,
        { method: 'PUT', target: path, headers: objectOf(name), body: Buffer.from('x') },
        { Host: `${host}:${port}`, Origin: origin },
      );
    expect((await put('open', '127.0.0.1', '/open/b.txt')).status).toBe(200);
    expect((await put('open', 'open.localhost', '/b.txt')).status).toBe(200);
    expect((await put(bucket, '127.0.0.1', `/${bucket}/b.txt`)).status).toBe(403);
    // The host names the bucket that allows the page, the signature the other one.
    expect((await put(bucket, 'open.localhost', `/${bucket}/b.txt`)).status).toBe(403);
    expect(simulator.objects.get(bucket, 'b.txt')).toBeUndefined();
  });

  it('clients that are not browsers reach a bucket under every name of the local OSS', async () => {
    const simulator = await start({ allowedHosts: ['127.0.0.1.sslip.io', 'OSS.test'] });
    const { port } = new URL(simulator.url);
    const presign = (method: string) =>
      presignRequestV4(
        { method, bucket, object: 'a.txt', query: {}, headers: {} },
        { ...scope(), expiresInSeconds: 60 },
      );
    for (const host of [
      `${bucket}.localhost`,
      `${bucket}.oss-cn-hangzhou.aliyuncs.com`,
      `${bucket}.oss-cn-hangzhou-internal.aliyuncs.com`,
      `${bucket}.127.0.0.1.sslip.io`,
      `${bucket}.oss.test`,
    ]) {
      const request = { method: 'GET', target: targetOf('/a.txt', presign('GET')), headers: {} };
      const answer = await send(simulator, request, { Host: `${host}:${port}` });
      expect(answer.body.toString(), host).toBe('private text');
    }
    for (const host of ['localhost', '192.168.0.7', '[::1]', 'oss.test', 'LOCALHOST']) {
      const answer = await send(simulator, signed('GET', 'a.txt'), { Host: `${host}:${port}` });
      expect(answer.body.toString(), host).toBe('private text');
    }
  });
});
