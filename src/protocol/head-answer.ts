/** How OSS refuses a HeadObject. */
export interface HeadRefusal {
  status: number;
  /** `NoSuchKey`, …, where the answer has a document in `x-oss-err`. */
  code?: string;
  /** The header `x-oss-ec`; OSS does not promise to keep these numbers. */
  ec?: string;
}

/** About the caller, something on the way, or the moment. */
const OTHER_STATUSES = new Set([401, 403, 407, 408, 425, 429]);
/** About the bucket or the way in which was asked, such as with a region that is not the bucket's. */
const OTHER_CODES = new Set([
  'InvalidArgument',
  'InvalidBucketName',
  'MissingArgument',
  'NoSuchBucket',
  'RequestTimeout',
]);
/** How numbers begin that are about signatures, rights and buckets. */
const OTHER_NUMBERS = ['0002-', '0003-', '0015-'];

/**
 * Whether a refusal is about the object that was asked for alone, and would be another for the next one: there is none
 * (`NoSuchKey`), or none that can be shown, as with a symlink to a symlink (`InvalidTargetType`).
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
 * symlink shows the size and ETag of whatever it points to, and to an `Appendable` object more may be added.
 * @see https://help.aliyun.com/en/oss/developer-reference/putsymlink
 */
export function isUploadedType(type: string): boolean {
  return UPLOADED_TYPES.has(type);
}
