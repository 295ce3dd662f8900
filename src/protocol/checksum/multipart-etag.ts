import { createHash } from 'node:crypto';

/**
 * The ETag of an object that was uploaded in parts: the MD5 of its parts' ETags, joined as text, and their number. The
 * vendor documents only that it is not the MD5 of the content; the test suites of its SDKs assert this value.
 * @param etags of the parts in their order, upper-case hex without quotes
 */
export function multipartEtag(etags: readonly string[]): string {
  const md5 = createHash('md5').update(etags.join('')).digest('hex');
  return `${md5.toUpperCase()}-${etags.length}`;
}
