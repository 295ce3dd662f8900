import type { CarrierName } from '../authorisation.js';
import type { CancelSignal } from '../environment.js';
import { OssUploadError } from '../oss-upload-error.js';
import type { BlobSource, UploadSource } from '../source.js';

export interface TransportRequest {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Fields of a form (`multipart/form-data`) that stand before the file, which is its last, `file`. */
  fields?: Readonly<Record<string, string>>;
  /** The whole body, or the last field of the form. */
  file?: UploadSource | Pick<BlobSource, 'size' | 'type'>;
  /** Of the file, in a form. */
  fileName?: string;
  signal: CancelSignal;
  /** Called with how much of the body has left, as far as that can be known. */
  onProgress?: (sentBytes: number, bodyBytes: number) => void;
}

export interface TransportAnswer {
  status: number;
  text: string;
}

/** How requests to OSS are sent. */
export interface Transport {
  /** The ways to upload that it can send. */
  readonly carriers: readonly CarrierName[];
  /**
   * @returns the answer, whatever its status
   * @throws OssUploadError `NETWORK` if none came, whose `mayBeStored` is false where a part of the body is known not to
   *   have left
   */
  send(request: TransportRequest): Promise<TransportAnswer>;
}

/** @param mayBeStored false where a part of the body is known not to have left */
export function noAnswer(mayBeStored: boolean, cause?: unknown): OssUploadError {
  return new OssUploadError('NETWORK', 'No answer came from OSS.', { mayBeStored, cause });
}
