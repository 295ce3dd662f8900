import type { CarrierName } from '../authorisation.js';
import type { CancelSignal } from '../environment.js';
import { OssUploadError } from '../oss-upload-error.js';
import type { BlobSource, UploadSource } from '../source.js';

/**
 * A request to OSS.
 * @category Transports
 */
export interface TransportRequest {
  /** HTTP method. */
  method: string;
  /** The complete URL, with its query. */
  url: string;
  /** Headers of the request. Default: none. */
  headers?: Readonly<Record<string, string>>;
  /**
   * Fields of a form (`multipart/form-data`), to be sent before the file, which is the last field, `file`. Absent: the
   * body is the file alone.
   */
  fields?: Readonly<Record<string, string>>;
  /** The whole body, or the last field of the form. Absent: there is no body. */
  file?: UploadSource | Pick<BlobSource, 'size' | 'type'>;
  /** Name of the file in a form. */
  fileName?: string;
  /** Cancels the request. */
  signal: CancelSignal;
  /** Called with how much of the body is sent, in bytes, as far as that is known. */
  onProgress?: (sentBytes: number, bodyBytes: number) => void;
}

/**
 * A response of OSS, of any status.
 * @category Transports
 */
export interface TransportAnswer {
  /** HTTP status. */
  status: number;
  /** The body. */
  text: string;
}

/**
 * How requests to OSS are sent. A transport of your own replaces `fetch` and XMLHttpRequest, for example in another
 * environment.
 * @category Transports
 */
export interface Transport {
  /** The ways to upload that it supports. */
  readonly carriers: readonly CarrierName[];
  /**
   * Sends a request.
   * @returns the response, whatever its status
   * @throws OssUploadError `NETWORK` if there is none; its `mayBeStored` is false if a part of the body was certainly
   *   not sent
   */
  send(request: TransportRequest): Promise<TransportAnswer>;
}

/** @param mayBeStored false if a part of the body was certainly not sent */
export function noAnswer(mayBeStored: boolean, cause?: unknown): OssUploadError {
  return new OssUploadError('NETWORK', 'There was no response from OSS.', { mayBeStored, cause });
}
