import type { ResolvedBucket } from '../oss-callback.options.js';
import { encodeObjectPath } from '../protocol/percent-encoding.js';

/** The URL of an object, or of the bucket itself where no object is named. */
export function objectUrl(bucket: ResolvedBucket, object = ''): string {
  const endpoint = new URL(bucket.endpoint);
  const path = encodeObjectPath(object);
  return bucket.pathStyle
    ? `${endpoint.origin}/${bucket.bucket}/${path}`
    : `${endpoint.protocol}//${bucket.bucket}.${endpoint.host}/${path}`;
}

/** URLs cannot carry `.` and `..` as parts of a path: every HTTP client resolves them, escaped or not. */
export function hasDotSegment(object: string): boolean {
  return object.split('/').some((segment) => segment === '.' || segment === '..');
}

/** The query of a URL from names and values; an empty value is written without `=`, as OSS signs it. */
export function toQueryString(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) =>
      value === ''
        ? encodeURIComponent(name)
        : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    )
    .join('&');
}
