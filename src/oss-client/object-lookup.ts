import type { IncomingHttpHeaders } from 'node:http';
import { OssCallbackError } from '../common/errors.js';
import type { ResolvedBucket } from '../options/options.js';
import { hasDotSegment } from './object-address.js';
import { headObject } from './head-object.js';
import { UPLOAD_ID_HEADER } from './oss-client.js';
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
    const { status, headers } = await headObject({
      bucket,
      object,
      // OSS compresses for those who take it, and then says nothing of the object's size and ETag.
      headers: { 'accept-encoding': 'identity' },
      signal,
    });
    if (status === 200) return readFound(headers);
    // Without the bucket nothing is known of its objects: a misspelt name must not look like lost uploads.
    const bucketIsMissing = headers['x-oss-ec'] === NO_SUCH_BUCKET_EC;
    if (status === 404 && !bucketIsMissing) return { state: 'missing' };
    const advice = bucketIsMissing
      ? `; the bucket ${bucket.bucket} does not exist`
      : status === 403
        ? '; the credentials need the right oss:GetObject'
        : '';
    return {
      state: 'unavailable',
      reason: `HEAD was answered with ${status} (EC ${textOf(headers, 'x-oss-ec') ?? 'unknown'}, request ${textOf(headers, 'x-oss-request-id') ?? 'unknown'})${advice}`,
    };
  } catch (error) {
    const hint = error instanceof OssCallbackError ? error.hint : undefined;
    return { state: 'unavailable', reason: hint ?? String(error) };
  }
}

/** Without size and ETag there is nothing to compare a callback with: a proxy took them off. */
function readFound(headers: IncomingHttpHeaders): ObjectLookup {
  const missing = ['content-length', 'etag'].find((name) => headers[name] === undefined);
  return missing === undefined
    ? { state: 'found', facts: readFacts(headers) }
    : { state: 'unavailable', reason: `HEAD was answered without ${missing}` };
}

function readFacts(headers: IncomingHttpHeaders): ObjectFacts {
  const lastModified = timeOf(headers, 'last-modified');
  const answeredAt = timeOf(headers, 'date');
  return {
    etag: normalizeEtag(textOf(headers, 'etag') ?? ''),
    size: Number(textOf(headers, 'content-length') ?? 0),
    mimeType: textOf(headers, 'content-type') ?? '',
    crc64: textOf(headers, 'x-oss-hash-crc64ecma'),
    contentMd5: textOf(headers, 'content-md5'),
    versionId: textOf(headers, 'x-oss-version-id'),
    lastModified,
    ageMs: lastModified && answeredAt && +answeredAt - +lastModified,
    uploadId: textOf(headers, UPLOAD_ID_HEADER),
  };
}

function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headers[name]?.toString();
}

function timeOf(headers: IncomingHttpHeaders, name: string): Date | undefined {
  const time = new Date(textOf(headers, name) ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
