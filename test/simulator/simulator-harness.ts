import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OSS from 'ali-oss';
import { onTestFinished } from 'vitest';
import { encodeCallback } from '../../src/protocol/callback/callback-parameter.js';
import { verifyCallbackSignature } from '../../src/protocol/callback/callback-signature.js';
import { encodeObjectPath } from '../../src/protocol/signing/percent-encoding.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import { OssSimulator, type OssSimulatorOptions } from '../../src/simulator/index.js';

export const credentials = { accessKeyId: 'test-key-id', accessKeySecret: 'test-key-secret' };
export const bucket = 'photos';
export const region = 'cn-hangzhou';

export async function startSimulator(options: OssSimulatorOptions = {}): Promise<OssSimulator> {
  const simulator = new OssSimulator({
    buckets: { [bucket]: { region } },
    credentials: [credentials],
    ...options,
  });
  onTestFinished(() => simulator.stop());
  return simulator.start();
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-simulator-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface ReceivedCallback {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

export interface AppAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** The vendor's SDK as a client of the simulator. */
export function aliOss(simulator: OssSimulator, options: object = {}): OSS {
  return new OSS({
    ...credentials,
    bucket,
    region: 'oss-cn-hangzhou',
    endpoint: simulator.url,
    ...options,
  });
}

export function verifies(callback: ReceivedCallback | undefined, publicKey: string): boolean {
  if (!callback) return false;
  const { url, body, headers } = callback;
  const authorization = headers.authorization ?? '';
  return verifyCallbackSignature({ url, body, authorization, publicKey });
}

/** An app that records what OSS sends and answers as told; `undefined` never answers. */
export async function startApp(answer: (call: number) => AppAnswer | undefined = () => ({})) {
  const received: ReceivedCallback[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks),
      });
      const told = answer(received.length);
      if (!told) return;
      const body = told.body ?? '{"ok":true}';
      const { 'transfer-encoding': chunked } = told.headers ?? {};
      response.writeHead(told.status ?? 200, {
        'content-type': 'application/json; charset=utf-8',
        ...(chunked ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...told.headers,
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oss/callback?a=%2F`;
  return { url, received };
}

export const CALLBACK_BODY =
  'bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&height=${imageInfo.height}&width=${imageInfo.width}&format=${imageInfo.format}&crc64=${crc64}&contentMd5=${contentMd5}&vpcId=${vpcId}&clientIp=${clientIp}&reqId=${reqId}&operation=${operation}&user=${x:user}';

export function callbackTo(...urls: string[]) {
  return encodeCallback({ urls, body: CALLBACK_BODY }, { 'x:user': '小明 1' });
}

/** The message of an error document, or the whole text. */
export function messageOf(xml: string): string {
  return /<Message>(.*)<\/Message>/s.exec(xml)?.[1] ?? xml;
}

export function codeOf(xml: string): string {
  return /<Code>(.*)<\/Code>/.exec(xml)?.[1] ?? xml;
}

/** A 2 by 1 pixel PNG. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAEUlEQVR4nGP8z8Dwn4GBgQEADQYCAeQ3hgsAAAAASUVORK5CYII=',
  'base64',
);

export interface RequestParts {
  method?: string;
  object?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signedAt?: Date;
}

/** Sends a request that is signed in its headers, with V4. */
export function send(simulator: OssSimulator, parts: RequestParts): Promise<Response> {
  const { method = 'GET', object = 'a.txt', query = {}, headers = {}, body } = parts;
  const added = signRequestV4(
    { method, bucket, object, query, headers },
    { credentials, region, signedAt: parts.signedAt ?? new Date() },
  );
  const search = new URLSearchParams(query).toString();
  const url = `${simulator.url}/${bucket}/${encodeObjectPath(object)}${search ? `?${search}` : ''}`;
  // SDKs send UTF-8, of which fetch wants to be given the single bytes.
  const bytes = Object.entries({ ...headers, ...added }).map(
    ([name, value]) => [name, Buffer.from(value).toString('latin1')] as [string, string],
  );
  return fetch(url, {
    method,
    headers: bytes,
    // A Buffer, because fetch gives a text a content type of its own, which is not signed.
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
}

/** Puts an object and asks for a callback to these URLs, by headers. */
export async function putWithCallback(simulator: OssSimulator, ...urls: string[]) {
  const { callback, callbackVar = '' } = callbackTo(...urls);
  const headers = { 'x-oss-callback': callback, 'x-oss-callback-var': callbackVar };
  const response = await send(simulator, { method: 'PUT', headers, body: 'content' });
  const text = await response.text();
  return { response, status: response.status, text, message: messageOf(text) };
}
