/** What a reader of callback bodies gives: names and values in their order, or why it could not read. */
export type CallbackPairs =
  { ok: true; pairs: [name: string, value: string | null][] } | { ok: false; problem: string };
