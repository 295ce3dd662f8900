import { OssCallbackError } from '../common/errors.js';
import { quoted } from '../common/log-text.js';
import type { ResolvedBucket } from '../options/resolved.js';
import { isAboutObject, isUploadedType } from '../protocol/head-answer.js';
import { hiddenOptions, type ShownOption, textsOfHeaders } from '../protocol/object-options.js';
import type { FoundOptions } from '../variables/option-terms.js';
import { hasDotSegment } from './object-address.js';
import { type HttpAnswerHead, NoAnswerError, type TimeLimits } from './http-exchange.js';
import { failureReason, requestObject, UPLOAD_ID_HEADER } from './oss-client.js';
import { normalizeEtag, readErrorHeader } from './oss-response.js';

/** What HeadObject says about an object. */
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
  /** Its age by OSS's clock; at most a second too high, since OSS gives whole seconds. */
  ageMs?: number;
  /** `x-oss-meta-upload-id`, if the object has it. */
  uploadId?: string;
  options: FoundOptions;
}

export type ObjectLookup =
  | { state: 'found'; facts: ObjectFacts }
  | { state: 'missing' }
  /** The object cannot come from an upload, such as a symlink. */
  | { state: 'foreign'; reason: string }
  /** No answer, or one that says nothing about this object. */
  | { state: 'unavailable'; reason: string };

/** Sends HeadObject. Needs the permission `oss:GetObject`. Does not throw. */
export async function lookUpObject(
  bucket: ResolvedBucket,
  object: string,
  limits: TimeLimits = {},
): Promise<ObjectLookup> {
  if (hasDotSegment(object)) return { state: 'missing' };
  try {
    const { status, headers } = await requestObject({ method: 'HEAD', bucket, object, ...limits });
    return status === 200 ? readFound(headers, bucket) : readRefusal(status, headers, bucket);
  } catch (error) {
    const state = hasUnreadableHeaders(error) ? 'foreign' : 'unavailable';
    return { state, reason: failureReason(error) };
  }
}

type Headers = HttpAnswerHead['headers'];

/** A callback is compared with these; if one is missing, a proxy removed it. */
const NEEDED = ['content-length', 'etag', 'x-oss-object-type'];

function readFound(headers: Headers, bucket: ResolvedBucket): ObjectLookup {
  const missing = NEEDED.find((name) => headers[name] === undefined);
  if (missing !== undefined) {
    return { state: 'unavailable', reason: `HEAD returned no ${missing}` };
  }
  const type = headers['x-oss-object-type'] ?? '';
  return isUploadedType(type)
    ? { state: 'found', facts: readFacts(headers, bucket) }
    : { state: 'foreign', reason: `its x-oss-object-type is ${quoted(type).text}` };
}

function readRefusal(status: number, headers: Headers, { bucket }: ResolvedBucket): ObjectLookup {
  const ec = headers['x-oss-ec'];
  const code = readErrorHeader(headers)?.code;
  const requestId = headers['x-oss-request-id'];
  // An answer without a request id is not from OSS, but for example from a proxy that does not know the host.
  const isTheObjects = requestId !== undefined && isAboutObject({ status, code, ec });
  if (isTheObjects && status === 404) return { state: 'missing' };
  const reason = `HEAD returned ${status}${code === undefined ? '' : ` ${quoted(code).text}`} (EC ${ec ?? 'unknown'}, request ${requestId ?? 'unknown'})`;
  if (isTheObjects) return { state: 'foreign', reason };
  // A missing bucket says nothing about its objects: a misspelt name must not look like lost uploads.
  const advice =
    status === 404 && requestId !== undefined
      ? `; the bucket ${bucket} does not exist`
      : status === 403
        ? '; the credentials need the permission oss:GetObject'
        : '';
  return { state: 'unavailable', reason: `${reason}${advice}` };
}

/** Uploaders choose some of an object's headers; Node refuses to parse invalid characters, and too many headers. */
const UNREADABLE: unknown[] = [
  'HPE_INVALID_HEADER_TOKEN',
  'HPE_CR_EXPECTED',
  'HPE_HEADER_OVERFLOW',
];

function hasUnreadableHeaders(error: unknown): boolean {
  const cause = error instanceof OssCallbackError ? error.cause : undefined;
  return cause instanceof NoAnswerError && UNREADABLE.includes(cause.code);
}

function readFacts(headers: Headers, bucket: ResolvedBucket): ObjectFacts {
  const lastModified = timeOf(headers, 'last-modified');
  const answeredAt = timeOf(headers, 'date');
  return {
    etag: normalizeEtag(headers.etag ?? ''),
    size: Number(headers['content-length'] ?? 0),
    mimeType: headers['content-type'] ?? '',
    crc64: headers['x-oss-hash-crc64ecma'],
    contentMd5: headers['content-md5'],
    versionId: headers['x-oss-version-id'],
    lastModified,
    ageMs: lastModified && answeredAt && +answeredAt - +lastModified,
    uploadId: headers[UPLOAD_ID_HEADER],
    options: {
      texts: textsOfHeaders(headers, UPLOAD_ID_HEADER),
      hidden: [...hiddenOptions(headers), ...(mayPassCdn(bucket) ? SET_BY_CDNS : [])],
    },
  };
}

const SET_BY_CDNS: readonly ShownOption[] = ['cacheControl', 'expires'];

/** A custom domain may point to a CDN, which sets headers for caching. */
function mayPassCdn({ customDomain, endpoint, internalEndpoint }: ResolvedBucket): boolean {
  return customDomain && endpoint === internalEndpoint;
}

function timeOf(headers: Headers, name: string): Date | undefined {
  const time = new Date(headers[name] ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
