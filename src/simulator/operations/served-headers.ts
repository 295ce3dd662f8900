/** What a browser would run, were it shown. */
const ACTIVE =
  /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|(?:text|application)\/xml)\b|\+xml\b/i;

/**
 * Headers with which a browser only stores what it must not run: anybody can upload, and the page would have the
 * origin of the local OSS. OSS's own domains do the same.
 * @see https://help.aliyun.com/en/oss/user-guide/what-do-i-do-if-a-file-is-forcibly-downloaded
 */
export function safeToServe(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isActive = ACTIVE.test(headers['content-type']?.trim() ?? '');
  const disposition = headers['content-disposition'] ?? '';
  return {
    ...headers,
    'x-content-type-options': 'nosniff',
    ...(isActive && !/^\s*attachment\b/i.test(disposition)
      ? { 'content-disposition': 'attachment', 'x-oss-force-download': 'true' }
      : {}),
  };
}
