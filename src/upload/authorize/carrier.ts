import { UPLOAD_ID_HEADER } from '../../oss-client/oss-client.js';
import { type ObjectOptions, optionHeaders } from '../../protocol/object-options.js';
import { type CheckedRequest } from './check-upload-request.js';
import { invalidRequest } from './invalid-request.js';

/** A way to upload, and which facts of the upload OSS can enforce. */
export interface Carrier {
  /** The request that stores the object, as callbacks name it. */
  operation: 'PutObject' | 'PostObject' | 'CompleteMultipartUpload';
  /** Whether the object cannot be stored without `x-oss-meta-upload-id`, or with another one. */
  pinsUploadId: boolean;
  /** Whether the uploader cannot choose an ACL. */
  pinsAcl: boolean;
  /** Whether the object's type is signed, so that it has to be exactly one. */
  pinsContentType: boolean;
}

/**
 * The bucket's own ACL, which every upload gets: an uploader who could name another might publish the object.
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
const OBJECT_ACL = 'default';

/** What the uploader has to send, as headers or as form fields: both have the same names. */
export function pinnedHeaders(
  carrier: Carrier,
  uploadId: string,
  request: CheckedRequest,
  objectOptions: ObjectOptions,
): Record<string, string> {
  return {
    ...(carrier.pinsContentType ? { 'content-type': exactContentType(request) } : {}),
    [UPLOAD_ID_HEADER]: uploadId,
    ...overwriteHeader(request),
    ...optionHeaders(objectOptions),
    ...(carrier.pinsAcl ? { 'x-oss-object-acl': OBJECT_ACL } : {}),
  };
}

export function overwriteHeader({ overwrite }: { overwrite: boolean }): Record<string, string> {
  return overwrite ? {} : { 'x-oss-forbid-overwrite': 'true' };
}

function exactContentType({ contentType, contentTypes }: CheckedRequest): string {
  if (contentType !== undefined) return contentType;
  if (contentTypes.length === 0) return 'application/octet-stream';
  throw invalidRequest(
    'contentType',
    `is missing: a PUT is signed for one exact type, contentTypes allow ${contentTypes.join(', ')}`,
  );
}
