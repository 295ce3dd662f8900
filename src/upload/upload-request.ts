import type { ReadableStream } from 'node:stream/web';
import type { ObjectOptions } from '../protocol/object-options.js';
import type { CustomVariablesDto } from '../variables/custom-variables.dto.js';

/**
 * The upload that an app authorises. Validate values from a client's request before you use them here: their types are
 * checked (`null` has none of them), and whether OSS can be made to accept the upload, but not whether the client is
 * allowed to request it.
 * @category Uploads
 */
export interface UploadRequest extends ObjectOptions {
  /** The app's own name for a bucket, a key of the option `buckets`. Default: the first. */
  bucket?: string;
  /** The object's complete key, at most 1,023 bytes. Either this or `objectPrefix`. */
  object?: string;
  /** The key becomes this prefix followed by a new id: `avatars/` gives `avatars/0192…`. */
  objectPrefix?: string;
  /** Smallest allowed size of the object, in bytes. Default: 0. */
  minSizeBytes?: number;
  /**
   * Largest allowed size of the object, in bytes. Default and maximum: OSS's own limit, 5 GB, or 48.8 TB for a
   * multipart upload.
   */
  maxSizeBytes?: number;
  /**
   * Types and families that the object may have: `image/png`, `image/*`. The object's type then has to be exactly one
   * well-formed media type, with any parameters (`; charset=utf-8`). Default: any.
   */
  contentTypes?: string[];
  /**
   * The exact type to store the object with. A presigned PUT signs one type. Default there: the only entry of
   * `contentTypes`, or `application/octet-stream` if every type is allowed; elsewhere: none.
   */
  contentType?: string;
  /** The user or tenant that uploads, which the record returns. At most 128 bytes. Default: none. */
  owner?: string;
  /**
   * The app's custom variables, which the record and the callback return. The uploader can read them, but not change
   * them. Default: none.
   */
  variables?: CustomVariablesDto;
  /**
   * Name of the `@OssCallback` route to call; its path has no parameters. Default: the options' `callback.url`, or the
   * route without a name.
   */
  callback?: string;
  /** Time within which the upload has to start, in seconds. Default: the option `expiresInSeconds`. */
  expiresInSeconds?: number;
  /** Whether an existing object of that key may be replaced. Default: false. */
  overwrite?: boolean;
}

/**
 * A stream of Node, a web stream, or any async iterable of bytes or text.
 * @category Uploads
 */
export type UploadStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>;

/**
 * An upload of the app itself, sent with one PUT.
 * @category Uploads
 */
export interface PutObjectRequest extends UploadRequest {
  /** Bytes, a text, a stream, or a file by its path. At most 5 GB. */
  body:
    | Uint8Array
    | string
    | UploadStream
    | {
        /** Path of the file. */
        file: string;
      };
  /** Size of a stream in bytes. Default: unknown; the stream is then sent in chunks. */
  sizeBytes?: number;
  /** Aborts the upload; its reason is then thrown. */
  signal?: AbortSignal;
}

/**
 * Version of OSS's signature. `v1` is for clients and endpoints that do not support `v4`.
 * @category Uploads
 */
export type SignatureVersion = 'v4' | 'v1';

/**
 * An upload with a form.
 * @category Uploads
 */
export interface PostObjectAuthorisationRequest extends UploadRequest {
  /** Version of the signature. Default: `v4`. */
  signatureVersion?: SignatureVersion;
}

/**
 * An upload with a presigned PUT.
 * @category Uploads
 */
export interface PutObjectAuthorisationRequest extends UploadRequest {
  /** Version of the signature. Default: `v4`. */
  signatureVersion?: SignatureVersion;
  /** Whether the callback is in the URL, or in signed headers that the uploader has to send. Default: `query`. */
  callbackIn?: 'query' | 'headers';
}

/**
 * A form for the uploader: all fields as given, the file last.
 * @category Uploads
 */
export interface PostObjectAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** The URL to which the form is sent, with POST, as `multipart/form-data`. */
  url: string;
  /**
   * The fields of the form by name, to be sent in any order before the field `file`. If several types are allowed and
   * the request has no `contentType`, the uploader adds the field `x-oss-content-type` with the type of the file.
   */
  fields: Record<string, string>;
  /** Until when OSS accepts the form. */
  expiresAt: Date;
}

/**
 * A request that the uploader sends with the file as its body.
 * @category Uploads
 */
export interface PutObjectAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /**
   * Headers that have to be sent, all of them. Version 4 signs them all: the request is refused without one of them, or
   * with another value. Version 1 does not sign `Cache-Control`, `Content-Disposition` and `Content-Encoding`: an
   * object that is stored with others makes the upload `rejected`.
   */
  headers: Record<string, string>;
  /** Until when OSS accepts the URL. */
  expiresAt: Date;
}

/**
 * A completed upload of the app itself.
 * @category Uploads
 */
export interface UploadResult<Answer = unknown> {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /**
   * The object's ETag: upper-case hex without quotes. Of a file that was sent in N parts, it is not the MD5 and ends
   * with `-N`.
   */
  etag: string;
  /** CRC-64 (ECMA) of the object's bytes, in decimal digits. */
  crc64: string;
  /** Size of the object in bytes. */
  size: number;
  /** The return value of the `@OssCallback` method, parsed from JSON. */
  answer: Answer;
}
