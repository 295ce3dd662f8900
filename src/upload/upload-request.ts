import type { ReadableStream } from 'node:stream/web';
import type { CustomVariablesDto } from '../variables/custom-variables.dto.js';

/** What an app asks for when it lets someone upload. No part of it should come unchecked from a request. */
export interface UploadRequest {
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
