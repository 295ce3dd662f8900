import type { Content } from './content/content.js';

/** The properties of an object. */
export interface ObjectRecord {
  bucket: string;
  object: string;
  size: number;
  /** Upper-case hex, without quotes. */
  etag: string;
  mimeType: string;
  /** Decimal. */
  crc64: string;
  /** Base64; multipart uploads have none. */
  contentMd5?: string;
  lastModified: Date;
  /** In versioned buckets. */
  versionId?: string;
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

/** An object of the local OSS. */
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

  constructor(record: ObjectRecord, content: Content) {
    Object.assign(this, record);
    this.#content = content;
  }

  /** The object's content. With `dataDirectory`, it is read from the disk. */
  get bytes(): Buffer {
    return this.#content.bytes();
  }

  /** @internal */
  get content(): Content {
    return this.#content;
  }
}
