import { createHash } from 'node:crypto';
import { lengthPrefixedPieces } from './length-prefix.js';

/** Where a callback arrives. */
export interface CallbackArrival {
  /** Path with query exactly as OSS requests it: routers may distinguish paths that decode to the same text. */
  path: string;
  /**
   * Name of the `@OssCallback` route; empty for a route with the guard alone. The path does not determine it if routes
   * are selected by headers, which OSS does not sign.
   */
  route?: string;
}

/** Length of a truncated SHA-256; no second URL with the same digest can be found. */
export const ARRIVAL_DIGEST_BYTES = 16;
const DOMAIN = 'nestjs-oss-callback/callback-arrival/v1';

/** An app has few callback URLs, and hashing is most of what a comparison costs. Any OSS customer can call others. */
const digests = new Map<string, Buffer>();
const MAX_KEPT = 200;
const MAX_KEPT_LENGTH = 1_024;

export function digestArrival({ path, route }: CallbackArrival): Buffer {
  // No path of a request has a space.
  const place = route === undefined ? path : `${path} ${route}`;
  const known = digests.get(place);
  if (known) return known;
  const pieces = route === undefined ? [DOMAIN, path] : [DOMAIN, path, route];
  const digest = createHash('sha256')
    .update(lengthPrefixedPieces(pieces))
    .digest()
    .subarray(0, ARRIVAL_DIGEST_BYTES);
  if (place.length <= MAX_KEPT_LENGTH) {
    if (digests.size === MAX_KEPT) digests.clear();
    digests.set(place, digest);
  }
  return digest;
}

/** Whether a ticket allows its callback to arrive here; its URL may have been issued without a route. */
export function isExpected({ path, route }: CallbackArrival, expected: readonly Buffer[]): boolean {
  const names = (place: CallbackArrival) => {
    const digest = digestArrival(place);
    return expected.some((one) => one.equals(digest));
  };
  return names({ path, route }) || names({ path });
}
