import { createHash } from 'node:crypto';
import { lengthPrefixedPieces } from './length-prefix.js';

/** Where a callback arrives. */
export interface CallbackArrival {
  /** Path with query as OSS requests it, to the letter: routers may tell apart what decodes to the same text. */
  path: string;
  /**
   * Name of the `@OssCallback` route; empty for a route with the guard alone. It does not follow from the path where
   * headers choose among routes, and OSS signs no header.
   */
  route?: string;
}

/** Truncated SHA-256, long enough that no other URL with the same digest can be found. */
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

/** Whether a callback came to a place that a ticket names, with its route or without. */
export function isExpected({ path, route }: CallbackArrival, expected: readonly Buffer[]): boolean {
  const names = (place: CallbackArrival) => {
    const digest = digestArrival(place);
    return expected.some((one) => one.equals(digest));
  };
  return names({ path, route }) || names({ path });
}
