import type { OssRequest } from './oss-request.js';
import type { Reply } from './reply.js';

/** What a browser's script may read of an answer. */
const EXPOSED = [
  'ETag',
  'Content-MD5',
  'x-oss-request-id',
  'x-oss-hash-crc64ecma',
  'x-oss-version-id',
  'x-oss-object-type',
  'x-oss-ec',
].join(', ');

/** The local OSS is open to every origin: nothing in it is worth hiding, and apps run on all sorts of ports. */
export function corsHeaders(request: OssRequest): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'Origin',
  };
}

export function preflightReply(request: OssRequest): Reply {
  const { headers } = request;
  const wanted = headers['access-control-request-headers'];
  return {
    status: 200,
    headers: {
      'access-control-allow-methods': 'GET, PUT, POST, DELETE, HEAD',
      ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
      ...(headers['access-control-request-private-network'] === 'true'
        ? { 'access-control-allow-private-network': 'true' }
        : {}),
      'access-control-max-age': '600',
    },
  };
}
