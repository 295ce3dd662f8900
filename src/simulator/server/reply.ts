import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ossErrorEc, renderOssError } from '../../protocol/oss-errors.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';

/** What an operation answers. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** A stream needs a `content-length` among the headers. */
  body?: Buffer | string | Readable;
  /** Error code, where the answer is an error. */
  code?: string;
}

/** The error document for whatever an operation threw. */
export function errorReply(error: unknown, request: OssRequest): Reply {
  const failure = error instanceof OssFailure ? error : new OssFailure('InternalError');
  return failureReply(failure, request);
}

export function failureReply(
  failure: OssFailure,
  request: OssRequest,
  headers: Readonly<Record<string, string>> = {},
): Reply {
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
      ...headers,
      'content-type': 'application/xml',
      ...(ec === undefined ? {} : { 'x-oss-ec': ec }),
      // An answer to HEAD has no body, so OSS puts the document into a header.
      ...(request.method === 'HEAD' ? { 'x-oss-err': Buffer.from(xml).toString('base64') } : {}),
    },
    body: xml,
  };
}

/** Writes an answer with the headers that every answer of OSS has. */
export async function writeReply(
  response: ServerResponse,
  request: OssRequest,
  reply: Reply,
  now: Date,
): Promise<void> {
  const headers: Record<string, string> = {
    server: 'AliyunOSS',
    'x-oss-request-id': request.id,
    'x-oss-server-time': String(Math.max(0, now.getTime() - request.receivedAt.getTime())),
    ...reply.headers,
  };
  const { body = '' } = reply;
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    const withoutBody = reply.status === 204 || reply.status === 304;
    if (!withoutBody) headers['content-length'] ??= String(Buffer.byteLength(body));
    response.writeHead(reply.status, headerValues(headers));
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.end(withoutBody ? undefined : body, () => resolve());
    });
    return;
  }
  response.writeHead(reply.status, headerValues(headers));
  await pipeline(body, response);
}

/** Header values go out as UTF-8 bytes; control characters, which would end the header, do not go out at all. */
function headerValues(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Buffer.from(value.replace(/[\u0000-\u001f\u007f]/g, ''), 'utf8').toString('latin1'),
    ]),
  );
}
