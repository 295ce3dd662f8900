/** Limits that the DTO's validators and the fast parsers share. */

export const MAX_BUCKET_LENGTH = 63;
export const MAX_MIME_TYPE_LENGTH = 1024;
export const MAX_FORMAT_LENGTH = 32;
export const MAX_VPC_ID_LENGTH = 128;
/** Of addresses, request ids and names of operations. */
export const MAX_WORD_LENGTH = 64;
/** PostgreSQL's `integer`, in which image dimensions are kept. */
export const MAX_DIMENSION = 2 ** 31 - 1;

/** OSS writes decimal digits; a number has 16 at most without losing some. */
export const WHOLE_NUMBER = /^\d{1,16}$/;
export const ETAG = /^[0-9A-F-]{1,64}$/;
export const CRC64 = /^\d{1,20}$/;
/** The base64 of an MD5. */
export const CONTENT_MD5 = /^[A-Za-z0-9+/]{22}==$/;
