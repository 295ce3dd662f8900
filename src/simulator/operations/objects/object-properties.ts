import { METADATA_PREFIX } from '../../../protocol/object-options.js';
import type { Bucket } from '../../storage/buckets.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { ENCRYPTION_HEADERS, withEncryptionKey } from './encryption.js';
import { refuseUnknownAcl } from './object-acl.js';
import { readTagging } from './tags.js';

/** Headers that describe the content, and belong to an object's metadata. */
export const DESCRIBING_HEADERS: readonly string[] = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

/** Headers, or form fields, that are returned with the object as they were sent. */
const KEPT = [
  ...DESCRIBING_HEADERS,
  ...ENCRYPTION_HEADERS,
  'x-oss-object-acl',
  'x-oss-storage-class',
  'x-oss-tagging',
];

/** The storage class of an object or of an upload; OSS's default if it has none of its own. */
export function storageClassOf({ headers }: Pick<StoredObject, 'headers'>): string {
  return headers['x-oss-storage-class'] ?? 'Standard';
}

/**
 * The user metadata and headers to store with an object, from the headers or form fields of its upload, in lower case.
 * If the upload names no storage class or encryption, the object gets those of the bucket.
 * @throws OssFailure if an object can have no such ACL, tags or encryption
 */
export function objectProperties(
  sent: Iterable<readonly [string, string]>,
  bucket: Bucket | undefined,
): {
  metadata: Record<string, string>;
  headers: Record<string, string>;
} {
  const { storageClass = 'Standard', serverSideEncryption } = bucket ?? {};
  const entries = Object.entries({
    'x-oss-storage-class': storageClass,
    ...(serverSideEncryption ? { 'x-oss-server-side-encryption': serverSideEncryption } : {}),
    // Some SDKs send an empty header for an option that is not set.
    ...Object.fromEntries(
      [...sent].filter(([name, value]) => value !== '' || !KEPT.includes(name)),
    ),
  });
  for (const [name, value] of entries) {
    if (name === 'x-oss-object-acl') refuseUnknownAcl(value);
    if (name === 'x-oss-tagging') readTagging(value);
  }
  return {
    metadata: Object.fromEntries(
      entries
        .filter(([name]) => name.startsWith(METADATA_PREFIX))
        .map(([name, value]) => [name.slice(METADATA_PREFIX.length), value]),
    ),
    headers: withEncryptionKey(Object.fromEntries(entries.filter(([name]) => KEPT.includes(name)))),
  };
}

/** The type and the user metadata of an object, as responses have them. */
export function metadataHeaders({
  mimeType,
  metadata,
}: Pick<StoredObject, 'mimeType' | 'metadata'>): Record<string, string> {
  const entries = Object.entries(metadata);
  return {
    'content-type': mimeType,
    ...Object.fromEntries(entries.map(([name, value]) => [METADATA_PREFIX + name, value])),
  };
}

/** The content type of an object whose uploader sent none: SDKs look at its name, OSS does not. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
