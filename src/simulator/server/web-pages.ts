import { isIP } from 'node:net';
import type { SimulatorState } from '../state.js';
import { isLoopbackName, withoutBrackets } from './loopback.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import { failureReply, type Reply } from './reply.js';
import { ruleFor } from '../storage/cors-rules.js';
import { resourcesOf } from './resource.js';

/** Response headers that scripts may read. */
const EXPOSED = [
  'ETag',
  'Content-MD5',
  'x-oss-request-id',
  'x-oss-hash-crc64ecma',
  'x-oss-version-id',
  'x-oss-object-type',
  'x-oss-ec',
].join(', ');

/** Headers that let a page read the response if its origin may use the bucket. */
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

/**
 * Answers a preflight request. A page that the local OSS does not admit gets the answer that OSS would give by the
 * rules of PutBucketCors; its requests are refused nevertheless.
 */
export function preflightReply(state: SimulatorState, request: OssRequest): Reply {
  const { headers } = request;
  const { origin, 'access-control-request-headers': requested } = headers;
  const bucket = likeliestBucket(state, request);
  if (origin === undefined) return failureReply(new OssFailure('AccessForbidden'), request);
  if (!allowsOrigin(state, bucket, origin)) return ruledReply(state, request, bucket, origin);
  return {
    status: 200,
    headers: {
      'access-control-allow-methods': 'GET, PUT, POST, DELETE, HEAD',
      ...(requested === undefined ? {} : { 'access-control-allow-headers': requested }),
      ...(headers['access-control-request-private-network'] === 'true'
        ? { 'access-control-allow-private-network': 'true' }
        : {}),
      'access-control-max-age': '600',
    },
  };
}

/** @see https://help.aliyun.com/en/oss/developer-reference/options */
function ruledReply(
  { buckets }: SimulatorState,
  request: OssRequest,
  bucket: string | undefined,
  origin: string,
): Reply {
  const known = bucket === undefined ? undefined : buckets.get(bucket);
  if (!known) {
    const details = { BucketName: bucket ?? '' };
    return failureReply(new OssFailure('NoSuchBucket', { details }), request);
  }
  const { cors } = known;
  const { 'access-control-request-headers': requested = '' } = request.headers;
  const method = request.headers['access-control-request-method'] ?? '';
  const names = requested.split(',').map((name) => name.trim());
  const wanted = { origin, method, headers: names.filter((name) => name !== '') };
  const rule = cors && ruleFor(cors, wanted);
  if (!rule) return failureReply(new OssFailure('AccessForbidden'), request);
  const shown = {
    'access-control-allow-origin': rule.origins.includes('*') ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    'access-control-allow-headers': wanted.headers.join(', '),
    'access-control-expose-headers': rule.exposed.join(', '),
    'access-control-max-age': rule.maxAgeSeconds ?? '',
  };
  return {
    status: 200,
    headers: Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== '')),
  };
}

/** Pages of this machine, on any port, may use every bucket; others the buckets whose `corsOrigins` name them. */
export function allowsOrigin(
  state: SimulatorState,
  bucket: string | undefined,
  origin: string,
): boolean {
  if (isLocalOrigin(origin)) return true;
  const allowed = bucket === undefined ? undefined : state.buckets.get(bucket)?.corsOrigins;
  return allowed?.some((one) => one === '*' || one === origin) ?? false;
}

/** A preflight request has no signature that would decide which of several possible buckets is meant. */
function likeliestBucket(state: SimulatorState, request: OssRequest): string | undefined {
  return resourcesOf(state, request)[0]?.bucket;
}

function isLocalOrigin(origin: string): boolean {
  const [, hostname] = /^https?:\/\/([a-z0-9.-]+|\[::1\])(?::\d{1,5})?$/i.exec(origin) ?? [];
  return hostname !== undefined && isLoopbackName(hostname.toLowerCase());
}

/**
 * Rejects host names other than the simulator's own. A web page whose host name was rebound to this machine sends that
 * name in `Host`, and would otherwise have the same origin as the objects. Signed requests are checked as well, since
 * the default key is public.
 * @throws OssFailure
 */
export function refuseUnknownHost(
  { allowedHosts }: SimulatorState,
  { hostname }: OssRequest,
): void {
  if (isOwnHost(hostname, allowedHosts)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not respond to the host ${JSON.stringify(hostname)}. Add it to allowedHosts (--allowed-host) if it is yours.`,
  });
}

/**
 * Rejects web pages whose origin may not use the bucket. Browsers send `Origin` with every request that can change
 * something; other clients do not send it.
 * @param bucket the bucket of the request; without one, only pages of this machine are accepted
 * @throws OssFailure
 */
export function refuseForeignOrigin(
  state: SimulatorState,
  { headers: { origin } }: OssRequest,
  bucket?: string,
): void {
  if (origin === undefined || allowsOrigin(state, bucket, origin)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not respond to pages of ${origin}. Add the origin to the bucket's corsOrigins (--cors-origin) if it is yours.`,
  });
}

/**
 * Ways in which a page of another site may use an object without `Origin`: it cannot read what it shows or links to.
 */
const SHOWN_OR_LINKED = new Set(['image', 'audio', 'video', 'document']);

/**
 * Rejects pages of other sites that embed an object in a way that runs it or reveals its content: as a script, a style
 * sheet, a frame. Browsers send no `Origin` then. With the mode `cors` they do, and {@link refuseForeignOrigin}
 * decides.
 * @throws OssFailure
 */
export function refuseEmbedding({ method, headers }: OssRequest): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest = '' } = headers;
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead || site !== 'cross-site' || mode === 'cors' || SHOWN_OR_LINKED.has(dest)) return;
  throw new OssFailure('AccessDenied', {
    message: `Pages of other sites may show pictures of the local OSS and link to its objects, not load them as ${JSON.stringify(dest)}.`,
  });
}

/**
 * Whether a host name cannot be rebound by others: loopback names, IP addresses, which are not resolved, OSS's own
 * domain, and the allowed names with their subdomains.
 */
function isOwnHost(hostname: string, allowedHosts: readonly string[]): boolean {
  return (
    isLoopbackName(hostname) ||
    isIP(withoutBrackets(hostname)) !== 0 ||
    hostname.endsWith('.aliyuncs.com') ||
    allowedHosts.some((allowed) => hostname === allowed || hostname.endsWith(`.${allowed}`))
  );
}
