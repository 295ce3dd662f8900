import type { Content } from './content/content.js';

/**
 * The properties of an object.
 * @category Objects
 */
export interface ObjectRecord {
  /** Name of the bucket. */
  bucket: string;
  /** Key of the object. */
  object: string;
  /** Size in bytes. */
  size: number;
  /** ETag: upper-case hex, without quotes. */
  etag: string;
  /** The object's Content-Type. */
  mimeType: string;
  /** CRC-64 (ECMA) of the content, in decimal digits. */
  crc64: string;
  /** MD5 of the content, base64; multipart uploads have none. */
  contentMd5?: string;
  /** When the object was stored. */
  lastModified: Date;
  /** Id of the version; absent without versioning. */
  versionId?: string;
  /** OSS's object type, as in `x-oss-object-type`: how it was stored. */
  type: 'Normal' | 'Multipart' | 'Appendable' | 'Symlink';
  /** Of a symlink: the key of the object in the same bucket that it points to. */
  symlinkTarget?: string;
  /** User metadata, names without `x-oss-meta-`, lower-case. */
  metadata: Record<string, string>;
  /** Further headers that are returned with the object, such as `cache-control`. */
  headers: Record<string, string>;
  /** Id of the request that stored it. */
  requestId: string;
}

/**
 * An object of the local OSS.
 * @category Objects
 */
export class StoredObject implements ObjectRecord {
  declare readonly bucket: string;
  declare readonly object: string;
  declare readonly size: number;
  declare readonly etag: string;
  declare readonly mimeType: string;
  declare readonly crc64: string;
  declare readonly contentMd5?: string;
  declare readonly lastModified: Date;
  declare readonly versionId?: string;
  declare readonly type: ObjectRecord['type'];
  declare readonly symlinkTarget?: string;
  declare readonly metadata: Record<string, string>;
  declare readonly headers: Record<string, string>;
  declare readonly requestId: string;
  readonly #content: Content;

  /** @internal */
  constructor(record: ObjectRecord, content: Content) {
    Object.assign(this, record);
    this.#content = content;
  }

  /** The content, all of it. With `dataDirectory` it is read from the disk each time. */
  get bytes(): Buffer {
    return this.#content.bytes();
  }

  /** @internal */
  get content(): Content {
    return this.#content;
  }
}
