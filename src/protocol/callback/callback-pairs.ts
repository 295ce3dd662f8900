/** What a reader of callback bodies returns: names and values in their order, or why the body could not be read. */
export type CallbackPairs =
  { ok: true; pairs: [name: string, value: string | null][] } | { ok: false; problem: string };

/** More names than a template can have (a callback parameter has at most 5 KB). */
export const MAX_BODY_NAMES = 256;

/** The problem of a body with more names. */
export const TOO_MANY_NAMES = `the body has more than ${MAX_BODY_NAMES} names`;
