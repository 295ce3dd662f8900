/*
 * How a callback divides its time, from its first byte to its answer (`answerWithinMs`, by default 4,000 of the 5,000
 * ms that OSS waits). Handlers and the method that builds the answer may take whatever is left; the deadline of the
 * exchange ends them all. Credentials are fetched with a time limit of their own; a callback waits for them only within
 * its time for confirmation.
 */

/** One fetch of a public key, body included. */
const KEY_SHARE = 0.5;
/** The bucket's confirmation of an object. */
const CONFIRMATION_SHARE = 0.6;
/** What the confirmation must leave to the database, however late it began. */
const RECORD_SHARE = 0.25;

/** Discarding the rest of a body that is not used. */
const DISCARD_SHARE = 0.25;

/** How long reading a body may take, in milliseconds: if it takes longer, there is no time left to ask the bucket. */
export function arrivalMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * (1 - RECORD_SHARE));
}

/** How long one fetch of a public key may take, in milliseconds. */
export function keyFetchMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * KEY_SHARE);
}

/**
 * How long the bucket may take to confirm an object, in milliseconds; 0 if the database needs all that is left.
 * @param elapsedMs since the callback arrived
 */
export function confirmationMs(answerWithinMs: number, elapsedMs: number): number {
  const leftMs = answerWithinMs * (1 - RECORD_SHARE) - elapsedMs;
  return Math.max(0, Math.floor(Math.min(answerWithinMs * CONFIRMATION_SHARE, leftMs)));
}

/** How long an app that shuts down waits for the callbacks in flight: by then all are answered. */
export function drainMs(answerWithinMs: number): number {
  return answerWithinMs;
}

/** How long the body of a callback that is shed may still take to arrive, in milliseconds. */
export function discardMs(answerWithinMs: number): number {
  return Math.floor(answerWithinMs * DISCARD_SHARE);
}
