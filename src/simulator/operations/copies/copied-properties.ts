import { invalidArgument } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Resource } from '../../server/resource.js';
import type { Bucket } from '../../storage/buckets.js';
import type { ObjectRecord, StoredObject } from '../../storage/stored-object.js';
import { DESCRIBING_HEADERS, objectProperties } from '../objects/object-properties.js';
import { clientEncryption } from '../uploads/client-encryption.js';

/**
 * What a copy has besides its content. Its ACL, storage class and encryption are never those of the source. An object
 * that is copied onto itself gets the metadata of the request in any case. Two things stay even where the request
 * replaces the metadata: the content type if it sends none, and what SDKs need to decrypt the content.
 */
export function copiedProperties(
  source: StoredObject,
  target: Resource,
  headers: OssRequest['headers'],
  bucket: Bucket | undefined,
): Pick<ObjectRecord, 'mimeType' | 'metadata' | 'headers'> {
  const sent = objectProperties(Object.entries(headers), bucket);
  const isItself = source.bucket === target.bucket && source.object === target.object;
  const replacesMetadata =
    readsReplace(headers, 'x-oss-metadata-directive') || (isItself && !bucket?.versioning);
  const replacesTags = readsReplace(headers, 'x-oss-tagging-directive');
  const own = (described: boolean, from: Record<string, string>) =>
    Object.entries(from).filter(
      ([name]) => name !== 'x-oss-tagging' && DESCRIBING_HEADERS.includes(name) === described,
    );
  const { 'x-oss-tagging': tagging } = replacesTags ? sent.headers : source.headers;
  const described = replacesMetadata
    ? {
        mimeType: headers['content-type'] || source.mimeType,
        metadata: { ...clientEncryption(source), ...sent.metadata },
        headers: sent.headers,
      }
    : source;
  return {
    mimeType: described.mimeType,
    metadata: described.metadata,
    headers: {
      ...Object.fromEntries([...own(true, described.headers), ...own(false, sent.headers)]),
      ...(tagging ? { 'x-oss-tagging': tagging } : {}),
    },
  };
}

/** Whether a directive says `REPLACE`, and not `COPY`. */
function readsReplace(headers: OssRequest['headers'], name: string): boolean {
  const directive = headers[name] ?? 'COPY';
  if (/^replace$/i.test(directive)) return true;
  if (/^copy$/i.test(directive)) return false;
  throw invalidArgument(name, directive);
}
