import { OssCallbackError } from '../oss-callback.errors.js';
import type { ResolvedBucket } from '../oss-callback.options.js';
import { hasDotSegment } from './object-address.js';
import { requestObject, UPLOAD_ID_HEADER } from './oss-client.js';
import { normalizeEtag } from './oss-response.js';

/** What the bucket says of an object. */
export interface ObjectFacts {
  /** Upper-case hex without quotes. */
  etag: string;
  size: number;
  mimeType: string;
  /** Decimal digits. */
  crc64?: string;
  /** Base64. */
  contentMd5?: string;
  versionId?: string;
  lastModified?: Date;
  /** How long it has been there, by OSS's clock alone; a second too much at most, since OSS tells whole seconds. */
  ageMs?: number;
  /** `x-oss-meta-upload-id`, where the object has one. */
  uploadId?: string;
}

export type ObjectLookup =
  | { state: 'found'; facts: ObjectFacts }
  | { state: 'missing' }
  | { state: 'unavailable'; reason: string };

/** A HEAD has no body to name the error in. */
const NO_SUCH_BUCKET_EC = '0015-00000101';

/** Asks OSS for an object with HEAD. Needs the right `oss:GetObject`. Does not throw. */
export async function lookUpObject(
  bucket: ResolvedBucket,
  object: string,
  signal?: AbortSignal,
): Promise<ObjectLookup> {
  if (hasDotSegment(object)) return { state: 'missing' };
  try {
    const response = await requestObject({
      method: 'HEAD',
      bucket,
      object,
      // OSS compresses for those who take it, and then says nothing of the object's size and ETag.
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
    if (response.status === 200) return readFound(response.headers);
    // Without the bucket nothing is known of its objects: a misspelt name must not look like lost uploads.
    const bucketIsMissing = response.headers.get('x-oss-ec') === NO_SUCH_BUCKET_EC;
    if (response.status === 404 && !bucketIsMissing) return { state: 'missing' };
    const advice = bucketIsMissing
      ? `; the bucket ${bucket.bucket} does not exist`
      : response.status === 403
        ? '; the credentials need the right oss:GetObject'
        : '';
    return {
      state: 'unavailable',
      reason: `HEAD was answered with ${response.status} (EC ${response.headers.get('x-oss-ec') ?? 'unknown'}, request ${response.headers.get('x-oss-request-id') ?? 'unknown'})${advice}`,
    };
  } catch (error) {
    const hint = error instanceof OssCallbackError ? error.hint : undefined;
    return { state: 'unavailable', reason: hint ?? String(error) };
  }
}

/** Without size and ETag there is nothing to compare a callback with: a proxy took them off. */
function readFound(headers: Headers): ObjectLookup {
  const missing = ['content-length', 'etag'].find((name) => !headers.has(name));
  return missing === undefined
    ? { state: 'found', facts: readFacts(headers) }
    : { state: 'unavailable', reason: `HEAD was answered without ${missing}` };
}

function readFacts(headers: Headers): ObjectFacts {
  const text = (name: string): string | undefined => headers.get(name) ?? undefined;
  const lastModified = timeOf(headers, 'last-modified');
  const answeredAt = timeOf(headers, 'date');
  return {
    etag: normalizeEtag(text('etag') ?? ''),
    size: Number(text('content-length') ?? 0),
    mimeType: text('content-type') ?? '',
    crc64: text('x-oss-hash-crc64ecma'),
    contentMd5: text('content-md5'),
    versionId: text('x-oss-version-id'),
    lastModified,
    ageMs: lastModified && answeredAt && +answeredAt - +lastModified,
    uploadId: text(UPLOAD_ID_HEADER),
  };
}

function timeOf(headers: Headers, name: string): Date | undefined {
  const time = new Date(headers.get(name) ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
