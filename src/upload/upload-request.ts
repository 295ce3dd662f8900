import type { ReadableStream } from 'node:stream/web';
import type { ObjectOptions } from '../protocol/object-options.js';
import type { CustomVariablesDto } from '../variables/custom-variables.dto.js';

/**
 * The upload that an app authorises. Values from a client's request must be validated before they are used here: what is
 * checked is that they have the types below (`null` is none of them) and can be authorised, not that the client may ask
 * for them.
 */
export interface UploadRequest extends ObjectOptions {
  /** A name in the options' `buckets`. Default: the first. */
  bucket?: string;
  /** The object's complete key. Either this or `objectPrefix`. */
  object?: string;
  /** The key becomes this prefix and a new id; `avatars/` gives `avatars/0192…`. */
  objectPrefix?: string;
  /** Smallest allowed size of the object. Default 0. */
  minSizeBytes?: number;
  /** Largest allowed size of the object, at most OSS's own limit: 5 GB, or 48.8 TB for a multipart upload. The default. */
  maxSizeBytes?: number;
  /**
   * Types and families that the object may have: `image/png`, `image/*`. The object's type then has to be exactly one
   * well-formed media type, with any parameters (`; charset=utf-8`). Default: any.
   */
  contentTypes?: string[];
  /**
   * The exact type to store the object with. A presigned PUT signs one type; default there: the only entry of
   * `contentTypes`, or `application/octet-stream` if every type is allowed.
   */
  contentType?: string;
  /** The user or tenant that uploads; returned in the record. At most 128 bytes. */
  owner?: string;
  /** Returned in the callback. The uploader can read them, but not change them. */
  variables?: CustomVariablesDto;
  /**
   * Name of the `@OssCallback` route to call; its path has no parameters. Default: the options' `callback.url`, or the
   * route without a name.
   */
  callback?: string;
  /** Seconds within which the upload has to start. Default: the options' `expiresInSeconds`. */
  expiresInSeconds?: number;
  /** Whether an existing object of that key may be replaced. Default false. */
  overwrite?: boolean;
}

/** A stream of Node, a web stream, or any async iterable of bytes or text. */
export type UploadStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>;

/** An upload of the app itself, sent with one PUT. */
export interface PutObjectRequest extends UploadRequest {
  /** Bytes, a text, a stream or a file. At most 5 GB. */
  body: Uint8Array | string | UploadStream | { file: string };
  /** Size of a stream, if known; otherwise the stream is sent in chunks. */
  sizeBytes?: number;
  /** Aborts the upload. */
  signal?: AbortSignal;
}

/** Version 1 is for clients and endpoints that do not support version 4. */
export type SignatureVersion = 'v4' | 'v1';

/** An upload with a form. */
export interface PostObjectAuthorisationRequest extends UploadRequest {
  /** Default `v4`. */
  signatureVersion?: SignatureVersion;
}

/** An upload with a presigned PUT. */
export interface PutObjectAuthorisationRequest extends UploadRequest {
  /** Default `v4`. */
  signatureVersion?: SignatureVersion;
  /** Whether the callback is in the URL, or in signed headers that the uploader has to send. Default `query`. */
  callbackIn?: 'query' | 'headers';
}

/** A form for the uploader: all fields as given, the file last. */
export interface PostObjectAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** Where to POST the form to, as `multipart/form-data`. */
  url: string;
  /**
   * In any order, before the field `file`. If several types are allowed and the request names no `contentType`, the
   * uploader adds the field `x-oss-content-type` with the type of the file.
   */
  fields: Record<string, string>;
  /** When the form expires. */
  expiresAt: Date;
}

/** A request that the uploader sends with the file as its body. */
export interface PutObjectAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /**
   * All of them have to be sent. Version 4 signs them all: the request is refused without one of them, or with another
   * value. Version 1 does not sign `Cache-Control`, `Content-Disposition` and `Content-Encoding`: an object that is stored
   * with others makes the upload `rejected`.
   */
  headers: Record<string, string>;
  /** When the URL expires. */
  expiresAt: Date;
}

/** A completed upload of the app itself. */
export interface UploadResult<Answer = unknown> {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** Upper-case hex without quotes; of a file that was sent in N parts, it is not the MD5 and ends with `-N`. */
  etag: string;
  /** Decimal digits. */
  crc64: string;
  /** In bytes. */
  size: number;
  /** What the `@OssCallback` method answered. */
  answer: Answer;
}
