/** Enough for what must be verified or durable by then, on a machine that stands still for two seconds. */
export const ANSWER_WITHIN_MS = 3_000;
/** The greatest that the option allows, where a part of the time is for a key or the bucket. */
export const LONGEST_ANSWER_MS = 4_900;
