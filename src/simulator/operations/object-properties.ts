import mime from 'mime';
import { METADATA_PREFIX } from '../../protocol/object-options.js';
import type { Bucket } from '../storage/buckets.js';

/** Headers, or form fields, that are returned with the object as they were sent. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-oss-object-acl',
  'x-oss-server-side-encryption',
  'x-oss-server-side-encryption-key-id',
  'x-oss-storage-class',
  'x-oss-tagging',
];

/**
 * The user metadata and headers to store with an object, from the headers or form fields of its upload, in lower case.
 * If the upload names no storage class or encryption, the object gets those of the bucket.
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
    ...Object.fromEntries(sent),
  });
  return {
    metadata: Object.fromEntries(
      entries
        .filter(([name]) => name.startsWith(METADATA_PREFIX))
        .map(([name, value]) => [name.slice(METADATA_PREFIX.length), value]),
    ),
    headers: Object.fromEntries(entries.filter(([name]) => KEPT.includes(name))),
  };
}

/** The content type of an object if its uploader sent none. */
export function typeByExtension(object: string): string {
  return mime.getType(object) ?? 'application/octet-stream';
}
