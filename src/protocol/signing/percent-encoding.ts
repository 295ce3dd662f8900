/** Percent-encodes as in RFC 3986 and as OSS does: all but `A-Z a-z 0-9 - _ . ~`, as UTF-8, in upper-case hex. */
export function percentEncode(text: string): string {
  // A lone surrogate has no UTF-8 form and would make encodeURIComponent throw.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Writes an object key as a URL path: every segment percent-encoded, the slashes kept. */
export function encodeObjectPath(object: string): string {
  return object.split('/').map(percentEncode).join('/');
}
