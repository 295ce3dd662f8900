import mime from 'mime';

/** Headers, or form fields, that are returned with the object as they were sent. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-oss-object-acl',
  'x-oss-storage-class',
];
const METADATA_PREFIX = 'x-oss-meta-';

/** The user metadata and headers to store with an object, from the headers or form fields of its upload, in lower case. */
export function objectProperties(sent: Iterable<readonly [string, string]>): {
  metadata: Record<string, string>;
  headers: Record<string, string>;
} {
  const entries = [...sent];
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
