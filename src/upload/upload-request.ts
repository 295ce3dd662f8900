import type { ReadableStream } from 'node:stream/web';
import type { ServerSideEncryption, StorageClass } from '../protocol/object-options.js';
import type { CustomVariablesDto } from '../variables/custom-variables.dto.js';

/**
 * How the object is stored and served. What OSS can be made to enforce, the uploader has to send as given; what the
 * bucket then shows otherwise makes the upload `rejected`, also where an option is left out and the uploader sets it.
 */
export interface UploadObjectOptions {
  /** `Cache-Control` of downloads. At most 1,024 characters of ASCII. Default: none. */
  cacheControl?: string;
  /**
   * `Content-Disposition` of downloads, as in `attachment; filename="a.pdf"`. At most 1,024 characters of ASCII;
   * other characters of a name go into `filename*=UTF-8''%E6%96%87.pdf`. Default: none.
   */
  contentDisposition?: string;
  /** `Content-Encoding` in which the object comes, as in `gzip`. At most 1,024 characters of ASCII. Default: none. */
  contentEncoding?: string;
  /**
   * Class to store the object in. Default: the bucket's own. Where it is left out and the bucket shows an archive
   * class, GetBucketInfo is asked whether that is the bucket's own.
   */
  storageClass?: StorageClass;
  /** How OSS encrypts the object: `AES256`, `KMS` or `SM4`. Default: as the bucket has it. */
  serverSideEncryption?: ServerSideEncryption;
  /** The key in KMS, with `serverSideEncryption: 'KMS'`. At most 1,024 characters of ASCII. Default: OSS's own. */
  serverSideEncryptionKeyId?: string;
  /**
   * Tags of the object, at most 10: keys of 1 to 128 characters, values of up to 256, of letters, digits, spaces and
   * `+ - = . _ : /`. Who signs needs the right `oss:PutObjectTagging`. Forms carry none. Default: none.
   */
  tagging?: Record<string, string>;
  /**
   * Metadata of the object (`x-oss-meta-*`) besides the upload's id: names of letters, digits and hyphens, values of
   * ASCII, 8,000 bytes in all. `'any'` leaves it to the uploader. Default: none.
   */
  metadata?: Record<string, string> | 'any';
}

/** What an app asks for when it lets someone upload. No part of it should come unchecked from a request. */
export interface UploadRequest extends UploadObjectOptions {
  /** A name in the options' `buckets`. Default: the first. */
  bucket?: string;
  /** The object's complete key. Either this or `objectPrefix`. */
  object?: string;
  /** The key becomes this prefix and a new id; `avatars/` gives `avatars/0192…`. */
  objectPrefix?: string;
  /** Default 0. */
  minSizeBytes?: number;
  /** Default: OSS's own limit. */
  maxSizeBytes?: number;
  /**
   * Types and families that the object may have: `image/png`, `image/*`. Its own type then has to be exactly one
   * well-formed media type; parameters (`; charset=utf-8`) are free. Default: any.
   */
  contentTypes?: string[];
  /**
   * The exact type to store the object with. A presigned PUT signs one type; default there: the only entry of
   * `contentTypes`, or `application/octet-stream` where every type will do.
   */
  contentType?: string;
  /** Whose upload this is; comes back in the record. At most 128 bytes. */
  owner?: string;
  /** Come back in the callback. The uploader can read them and cannot change them. */
  variables?: CustomVariablesDto;
  /** Name of the `@OssCallback` route to call; its path has no parameters. Default: the options' `callback.url`, or the route without a name. */
  callback?: string;
  /** How long the upload may start, in seconds. Default: the options' `expiresInSeconds`. */
  expiresInSeconds?: number;
  /** Whether an object of that key may be replaced. Default false. */
  overwrite?: boolean;
}

/** What can be uploaded besides bytes and text: Node's and the web's streams, and whatever yields bytes. */
export type UploadStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>;

export interface PutObjectRequest extends UploadRequest {
  /** Bytes, a text, a stream (Node's, the web's, or whatever yields bytes), or a file. At most 5 GB. */
  body: Uint8Array | string | UploadStream | { file: string };
  /** Size of a stream, where it is known; without it the stream is sent in chunks. */
  sizeBytes?: number;
  signal?: AbortSignal;
}

/** Version 1 is for clients and endpoints that do not know version 4. */
export type SignatureVersion = 'v4' | 'v1';

export interface PostObjectAuthorisationRequest extends UploadRequest {
  /** Default `v4`. */
  signatureVersion?: SignatureVersion;
}

export interface PutObjectAuthorisationRequest extends UploadRequest {
  /** Default `v4`. */
  signatureVersion?: SignatureVersion;
  /** Whether the callback stands in the URL, or in signed headers that the uploader has to send. Default `query`. */
  callbackIn?: 'query' | 'headers';
}

/** A form for the uploader: every field as given, the file last. */
export interface PostObjectAuthorisation {
  uploadId: string;
  /** Where to POST the form to, as `multipart/form-data`. */
  url: string;
  /**
   * In any order, before the field `file`. Where several types are allowed and `contentType` named none, the
   * uploader adds the field `x-oss-content-type` with the type of the file.
   */
  fields: Record<string, string>;
  expiresAt: Date;
}

/** A request for the uploader to send with the file as its body. */
export interface PutObjectAuthorisation {
  uploadId: string;
  method: 'PUT';
  url: string;
  /** All of them are signed: the request is refused without one, or with another value. */
  headers: Record<string, string>;
  expiresAt: Date;
}

/** An upload that the app did itself. */
export interface UploadResult<Answer = unknown> {
  uploadId: string;
  /** Upper-case hex without quotes. */
  etag: string;
  /** Decimal digits. */
  crc64: string;
  size: number;
  /** What the `@OssCallback` method answered. */
  answer: Answer;
}
