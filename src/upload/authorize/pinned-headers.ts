import { UPLOAD_ID_HEADER } from '../../oss-client/oss-client.js';
import { onlyTypeOf } from '../../variables/media-type.js';
import { optionHeaders } from '../../protocol/object-options.js';
import { givenOptions } from '../../variables/option-terms.js';
import { refuse } from './check-upload-request.js';
import type { PreparedUpload } from './prepare-upload.js';

/**
 * The ACL that every upload gets: the bucket's own. An uploader who could name another might publish the object.
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
const OBJECT_ACL = 'default';

/** What an upload must carry besides its type, as header or as form field: both have the same names. */
export function pinnedFields(upload: PreparedUpload): Record<string, string> {
  return { ...askedHeaders(upload), 'x-oss-object-acl': OBJECT_ACL };
}

/** What a client is asked to send that signs its requests itself. No ACL: where none is named, it is the bucket's. */
export function askedHeaders(upload: PreparedUpload): Record<string, string> {
  return {
    [UPLOAD_ID_HEADER]: upload.terms.uploadId,
    ...(upload.overwrite ? {} : { 'x-oss-forbid-overwrite': 'true' }),
    ...optionHeaders(givenOptions(upload.objectOptions)),
  };
}

/** The headers of a PUT; V4 signs each of them. */
export function pinnedHeaders(upload: PreparedUpload, contentType: string): Record<string, string> {
  return { 'content-type': contentType, ...pinnedFields(upload) };
}

/**
 * The one type that a PUT is signed with.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` where the request leaves several open
 */
export function exactContentType({ contentType, terms }: PreparedUpload): string {
  if (contentType !== undefined) return contentType;
  if (terms.contentTypes.length === 0) return 'application/octet-stream';
  const only = onlyTypeOf(terms.contentTypes);
  if (only !== undefined) return only;
  throw refuse(
    'contentType',
    `is missing: a PUT is signed for one exact type, contentTypes allow ${terms.contentTypes.join(', ')}`,
  );
}
