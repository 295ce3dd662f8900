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

export function digestArrival({ path, route }: CallbackArrival): Buffer {
  const pieces = route === undefined ? [DOMAIN, path] : [DOMAIN, path, route];
  return createHash('sha256')
    .update(lengthPrefixedPieces(pieces))
    .digest()
    .subarray(0, ARRIVAL_DIGEST_BYTES);
}

/** Whether a callback came to a place that a ticket names, with its route or without. */
export function isExpected({ path, route }: CallbackArrival, expected: readonly Buffer[]): boolean {
  const names = (place: CallbackArrival) => {
    const digest = digestArrival(place);
    return expected.some((one) => one.equals(digest));
  };
  return names({ path, route }) || names({ path });
}
