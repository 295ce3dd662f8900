import { isIP } from 'node:net';
import type { OssRequest } from './oss-request.js';
import { failureReply, type Reply } from './reply.js';
import { OssFailure } from './oss-failure.js';
import { resourcesOf } from './resource.js';
import type { SimulatorState } from '../state.js';
import { isLoopbackName, withoutBrackets } from './loopback.js';

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

/**
 * Refuses a host name that is not the simulator's: a web page whose own host name was rebound to this machine sends
 * that name in `Host`, and would otherwise be of the same origin as the objects. This holds for signed requests too,
 * since the default key is known to everyone.
 * @throws OssFailure
 */
export function refuseUnknownHost(
  { allowedHosts }: SimulatorState,
  { hostname }: OssRequest,
): void {
  if (isOwnHost(hostname, allowedHosts)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not answer to the host ${JSON.stringify(hostname)}. Add it to allowedHosts (--allowed-host) if it is yours.`,
  });
}

/**
 * Refuses web pages of origins that may not use the bucket. Browsers send `Origin` with everything that changes
 * something; clients that are not browsers send none.
 * @param bucket that the request is about; without one, only pages of this machine may ask
 * @throws OssFailure
 */
export function refuseForeignOrigin(
  state: SimulatorState,
  { headers: { origin } }: OssRequest,
  bucket?: string,
): void {
  if (origin === undefined || allowsOrigin(state, bucket, origin)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not answer to pages of ${origin}. Add the origin to the bucket's corsOrigins (--cors-origin) if it is yours.`,
  });
}

/**
 * Names that no web page of another can have: loopback names, addresses, which are not resolved at all, the domain
 * of OSS itself, and the names that were allowed, with those below them.
 */
function isOwnHost(hostname: string, allowedHosts: readonly string[]): boolean {
  return (
    isLoopbackName(hostname) ||
    isIP(withoutBrackets(hostname)) !== 0 ||
    hostname.endsWith('.aliyuncs.com') ||
    allowedHosts.some((allowed) => hostname === allowed || hostname.endsWith(`.${allowed}`))
  );
}
