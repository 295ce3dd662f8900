import type { ResolvedBucket } from '../options/resolved.js';
import { encodeObjectPath } from '../protocol/signing/percent-encoding.js';

/**
 * The URL of an object, or of the bucket if no object is given.
 * @param endpoint the one for uploaders, or the bucket's `internalEndpoint` for the app itself
 */
export function objectUrl(
  bucket: ResolvedBucket,
  object = '',
  endpoint: string = bucket.endpoint,
): string {
  const { origin, protocol, host } = new URL(endpoint);
  const path = encodeObjectPath(object);
  // A custom domain belongs to one bucket; the internal endpoint is never one.
  if (bucket.customDomain && endpoint === bucket.endpoint) return `${origin}/${path}`;
  return bucket.pathStyle
    ? `${origin}/${bucket.bucket}/${path}`
    : `${protocol}//${bucket.bucket}.${host}/${path}`;
}

/** URLs cannot carry `.` and `..` as parts of a path: every HTTP client resolves them, escaped or not. */
export function hasDotSegment(object: string): boolean {
  return object.split('/').some((segment) => segment === '.' || segment === '..');
}

/** Writes the query of a URL; an empty value is written without `=`, as OSS signs it. */
export function toQueryString(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) =>
      value === ''
        ? encodeURIComponent(name)
        : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    )
    .join('&');
}
