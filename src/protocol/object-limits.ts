/**
 * What OSS accepts of an object and its uploads.
 * @see https://help.aliyun.com/en/oss/user-guide/limits
 */

/** Of the name of an object, in UTF-8. */
export const MAX_OBJECT_NAME_BYTES = 1_023;
/** Of the body of one PutObject, PostObject or UploadPart. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
/** Of every part but the last. */
export const MIN_PART_BYTES = 100 * 1024;
/** Of one object; also the highest part number. */
export const MAX_PARTS = 10_000;
