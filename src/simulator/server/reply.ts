import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ossErrorEc, renderOssError } from '../../protocol/oss-errors.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import { bytesOfText } from './raw-text.js';
import { trafficLimitOf } from './traffic-limit.js';

/** The response of an operation. */
export interface Reply {
  status: number;
  /** Names in lower case. */
  headers?: Readonly<Record<string, string>>;
  /** A stream needs a `content-length` header. */
  body?: Buffer | string | Readable;
  /** Error code of an error response. */
  code?: string;
}

/** A response with further headers. @param headers names in lower case */
export function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** The error document for an error that an operation threw. */
export function errorReply(error: unknown, request: OssRequest): Reply {
  const failure = error instanceof OssFailure ? error : new OssFailure('InternalError');
  return failureReply(failure, request);
}

export function failureReply(failure: OssFailure, request: OssRequest): Reply {
  const document = {
    code: failure.code,
    ...(failure.ownMessage === undefined ? {} : { message: failure.ownMessage }),
    ...(failure.ec === undefined ? {} : { ec: failure.ec }),
    requestId: request.id,
    hostId: request.headers.host ?? '',
    ...(failure.details ? { details: failure.details } : {}),
  };
  const ec = ossErrorEc(document);
  const xml = renderOssError(document);
  return {
    status: failure.status,
    code: failure.code,
    headers: {
      ...failure.headers,
      'content-type': 'application/xml',
      ...(ec === undefined ? {} : { 'x-oss-ec': ec }),
      // A response to HEAD has no body, so OSS sends the document in a header.
      ...(request.method === 'HEAD' ? { 'x-oss-err': Buffer.from(xml).toString('base64') } : {}),
    },
    body: xml,
  };
}

/** Writes a response with the headers that every response of OSS has. */
export async function writeReply(
  response: ServerResponse,
  request: OssRequest,
  reply: Reply,
  now: Date,
): Promise<void> {
  const serverTimeMs = String(Math.max(0, now.getTime() - request.receivedAt.getTime()));
  const headers: Record<string, string> = {
    server: 'AliyunOSS',
    'x-oss-request-id': request.id,
    'x-oss-server-time': serverTimeMs,
    ...(trafficLimitOf(request) ? { 'x-oss-qos-delay-time': serverTimeMs } : {}),
    ...reply.headers,
  };
  const { body = '' } = reply;
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    const withoutBody = reply.status === 204 || reply.status === 304;
    const isChunked = headers['transfer-encoding'] !== undefined;
    if (!withoutBody && !isChunked) headers['content-length'] ??= String(Buffer.byteLength(body));
    response.writeHead(reply.status, headerFields(headers));
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.end(withoutBody ? undefined : body, () => resolve());
    });
    return;
  }
  response.writeHead(reply.status, headerFields(headers));
  await pipeline(body, response);
}

/** Header names whose capital letters follow no rule. */
const SPELT: Readonly<Record<string, string>> = { etag: 'ETag', 'content-md5': 'Content-MD5' };

/** The name of a header as OSS spells it, because some SDKs read headers with case. @param name in lower case */
function spelt(name: string): string {
  if (name.startsWith('x-')) return name;
  return SPELT[name] ?? name.replace(/(?:^|-)[a-z]/g, (initial) => initial.toUpperCase());
}

function headerFields(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [spelt(name), headerValue(value)]),
  );
}

/** Values are sent as UTF-8, or as the bytes that they came as, without control characters, which could end the header. */
function headerValue(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return bytesOfText(text.replace(/[\u0000-\u001f\u007f]/g, '')).toString('latin1');
}
