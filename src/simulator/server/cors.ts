import type { OssRequest } from './oss-request.js';
import { failureReply, type Reply } from './reply.js';
import { OssFailure } from './oss-failure.js';
import { resourcesOf } from './request-resources.js';
import type { SimulatorState } from '../state.js';
import { isLoopbackName } from './loopback.js';

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

/** Headers that let a page read an answer, where its origin may. */
export function corsHeaders(state: SimulatorState, request: OssRequest): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  if (!allowsOrigin(state, likeliestBucket(state, request), origin)) return { vary: 'Origin' };
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'Origin',
  };
}

export function preflightReply(state: SimulatorState, request: OssRequest): Reply {
  const { headers } = request;
  const bucket = likeliestBucket(state, request);
  if (headers.origin === undefined || !allowsOrigin(state, bucket, headers.origin)) {
    return failureReply(new OssFailure('AccessForbidden'), request);
  }
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

/** Pages of this machine may use every bucket, on any port; others those whose `corsOrigins` name them. */
export function allowsOrigin(
  state: SimulatorState,
  bucket: string | undefined,
  origin: string,
): boolean {
  if (isLocalOrigin(origin)) return true;
  const allowed = bucket === undefined ? undefined : state.buckets.get(bucket)?.corsOrigins;
  return allowed?.some((one) => one === '*' || one === origin) ?? false;
}

/** Which reading of the request was meant is known once its signature is; a preflight has none. */
function likeliestBucket(state: SimulatorState, request: OssRequest): string | undefined {
  return resourcesOf(state, request)[0]?.bucket;
}

function isLocalOrigin(origin: string): boolean {
  const [, hostname] = /^https?:\/\/([a-z0-9.-]+|\[::1\])(?::\d{1,5})?$/i.exec(origin) ?? [];
  return hostname !== undefined && isLoopbackName(hostname.toLowerCase());
}
