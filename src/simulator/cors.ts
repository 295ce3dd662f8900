import type { OssRequest } from './oss-request.js';
import { failureReply, type Reply } from './reply.js';
import { OssFailure } from './oss-failure.js';
import { resourcesOf } from './request-resources.js';
import type { SimulatorState } from './simulator-state.js';

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
  if (!allowsOrigin(state, request, origin)) return { vary: 'Origin' };
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'Origin',
  };
}

export function preflightReply(state: SimulatorState, request: OssRequest): Reply {
  const { headers } = request;
  if (headers.origin === undefined || !allowsOrigin(state, request, headers.origin)) {
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

/** Pages of one's own machine may ask on any port; others where the bucket that is likeliest meant allows them. */
export function allowsOrigin(state: SimulatorState, request: OssRequest, origin: string): boolean {
  if (isLocalOrigin(origin)) return true;
  const [likeliest] = resourcesOf(state, request);
  const allowed = likeliest && state.buckets.get(likeliest.bucket)?.corsOrigins;
  return allowed?.some((one) => one === '*' || one === origin) ?? false;
}

function isLocalOrigin(origin: string): boolean {
  return /^https?:\/\/(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(
    origin,
  );
}
