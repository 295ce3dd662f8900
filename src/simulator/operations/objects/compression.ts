import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { mediaTypeOf } from '../../../protocol/media-type.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Reply } from '../../server/reply.js';

const MIN_BYTES = 1_024;
const TYPES = new Set([
  'application/javascript',
  'application/json',
  'application/rss+xml',
  'application/x-javascript',
  'text/cache-manifest',
  'text/css',
  'text/html',
  'text/json',
  'text/plain',
  'text/xml',
]);
/** Headers that describe the object, not the compressed response. */
const NOT_SENT = new Set(['accept-ranges', 'content-length', 'etag']);

/**
 * Compresses a whole object for clients that accept gzip, as OSS does with the types of web pages. The response then
 * has neither its size nor its ETag, not even for HEAD.
 * @see https://help.aliyun.com/en/oss/how-do-i-compress-objects-that-i-download-from-oss-in-the-gzip-format
 */
export function compressed(request: OssRequest, reply: Reply): Reply {
  const { headers = {}, body } = reply;
  if (!isCompressed(request, headers)) return reply;
  const kept = Object.entries(headers).filter(([name]) => !NOT_SENT.has(name));
  return {
    ...reply,
    headers: {
      ...Object.fromEntries(kept),
      'content-encoding': 'gzip',
      'transfer-encoding': 'chunked',
      vary: 'Accept-Encoding',
    },
    // If either end of the pipeline fails, so does the other; the response handles the error.
    ...(body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
      ? {}
      : { body: pipeline(body, createGzip(), () => {}) }),
  };
}

function isCompressed(
  { headers: { 'accept-encoding': accepted = '' } }: OssRequest,
  headers: Readonly<Record<string, string>>,
): boolean {
  return (
    /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted) &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) >= MIN_BYTES &&
    TYPES.has(mediaTypeOf(headers['content-type'] ?? '') ?? '')
  );
}
