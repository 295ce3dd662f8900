/** How OSS refuses a HeadObject. */
export interface HeadRefusal {
  status: number;
  /** Such as `NoSuchKey`, if the answer has a document in `x-oss-err`. */
  code?: string;
  /** The header `x-oss-ec`; OSS does not promise to keep these numbers. */
  ec?: string;
}

/** Caused by the caller, an intermediary, or a temporary condition. */
const OTHER_STATUSES = new Set([401, 403, 407, 408, 425, 429]);
/** Caused by the bucket or the request itself, such as a region that is not the bucket's. */
const OTHER_CODES = new Set([
  'InvalidArgument',
  'InvalidBucketName',
  'MissingArgument',
  'NoSuchBucket',
  'RequestTimeout',
]);
/** Prefixes of the error numbers that concern signatures, permissions and buckets. */
const OTHER_NUMBERS = ['0002-', '0003-', '0015-'];

/**
 * Whether a refusal concerns the requested object only, so that other objects may be answered: it does not exist
 * (`NoSuchKey`), or cannot be read, as with a symlink to a symlink (`InvalidTargetType`).
 * @see https://help.aliyun.com/en/oss/developer-reference/headobject
 * @see https://help.aliyun.com/en/oss/user-guide/overview-14
 */
export function isAboutObject({ status, code = '', ec = '' }: HeadRefusal): boolean {
  return (
    status >= 400 &&
    status < 500 &&
    !OTHER_STATUSES.has(status) &&
    !OTHER_CODES.has(code) &&
    !OTHER_NUMBERS.some((beginning) => ec.startsWith(beginning))
  );
}

const UPLOADED_TYPES = new Set(['Normal', 'Multipart']);

/**
 * Whether an object of this `x-oss-object-type` can come from PutObject, PostObject or CompleteMultipartUpload. A
 * symlink shows size and ETag of its target, and an `Appendable` object may still grow.
 * @see https://help.aliyun.com/en/oss/developer-reference/putsymlink
 */
export function isUploadedType(type: string): boolean {
  return UPLOADED_TYPES.has(type);
}
