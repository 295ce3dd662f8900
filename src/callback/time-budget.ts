/*
 * How a callback divides its time, counted from its first byte to its answer (`answerWithinMs`, 4,000 of the 5,000
 * that OSS waits). Handlers and the answer's own method may take whatever is left; the deadline of the exchange ends
 * them all. Credentials come in a time of their own, and a callback waits for them only within the
 * time of its confirmation.
 */

/** The body, from the moment at which reading begins: OSS sends it at once. */
const ARRIVAL_SHARE = 0.5;
/** One look at a public key, body included. */
const KEY_SHARE = 0.5;
/** The bucket's word about an object. */
const CONFIRMATION_SHARE = 0.6;
/** What the bucket must leave to the database, however late it was asked. */
const RECORD_SHARE = 0.25;

/** The rest of a body that nobody wants. */
const DISCARD_SHARE = 0.25;

/** How long a body may be under way, in milliseconds. */
export function arrivalMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * ARRIVAL_SHARE);
}

/** How long one fetch of a public key may take, in milliseconds. */
export function keyFetchMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * KEY_SHARE);
}

/**
 * How long the bucket may take to confirm an object, in milliseconds; 0 where the database needs what is left.
 * @param elapsedMs since the callback came
 */
export function confirmationMs(answerWithinMs: number, elapsedMs: number): number {
  const leftMs = answerWithinMs * (1 - RECORD_SHARE) - elapsedMs;
  return Math.max(0, Math.floor(Math.min(answerWithinMs * CONFIRMATION_SHARE, leftMs)));
}

/** How long an app that shuts down waits for the callbacks in flight: each was answered by then. */
export function drainMs(answerWithinMs: number): number {
  return answerWithinMs;
}

/** How long the body of a callback that is turned away may still be under way, in milliseconds. */
export function discardMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * DISCARD_SHARE);
}
