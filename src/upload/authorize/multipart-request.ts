import type { UploadRequest } from '../upload-request.js';

/** A multipart upload by a client. */
export interface MultipartRequest extends UploadRequest {
  /** Size of the completed object. An object of another size violates its ticket, and the upload is rejected. */
  sizeBytes: number;
  /**
   * Size of every part but the last, 102,400 bytes to 5 GB. Default: 8 MB, or as much as keeps the number of parts
   * below 10,000.
   */
  partSizeBytes?: number;
  /**
   * How many parts are presigned at once, 1 to 1,000, which is the default; `authorizeParts` gives the others. Each takes
   * time and about 600 bytes of the answer, which add up where one request authorises many uploads.
   */
  presignedParts?: number;
}

/** One request with a part of the file as its body. */
export interface AuthorisedPart {
  /** From 1. */
  partNumber: number;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /** All of them are signed. */
  headers: Record<string, string>;
  /** Size of this part of the file. */
  sizeBytes: number;
}

/** An initiated multipart upload: send the parts in any order, then `complete`. */
export interface MultipartAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** OSS's own id of the multipart upload. */
  ossUploadId: string;
  /** Size of every part but the last: part n begins at byte (n - 1) * partSize. */
  partSize: number;
  /** Number of all parts. */
  partCount: number;
  /** All parts, or the first `presignedParts`. */
  parts: AuthorisedPart[];
  /** The first part number that is not in `parts`, to be passed to `authorizeParts` as `from`; absent if there is none. */
  nextPartNumber?: number;
  /** To be sent without a body, with the headers as given, once all parts have arrived. Returns the callback's answer. */
  complete: { method: 'POST'; url: string; headers: Record<string, string> };
  /** Aborts the upload and removes its parts. */
  abort: { method: 'DELETE'; url: string };
  /** Lists the parts that have arrived, the first 1,000 of them, as OSS's XML. */
  listParts: { method: 'GET'; url: string };
  /** Identifies this upload in `authorizeParts`. */
  handle: string;
  /** When all these URLs expire. */
  expiresAt: Date;
}

/** Further parts of a multipart upload. */
export interface PartsRequest {
  /** As `authorizeMultipart` returned it. It may come from a client's request: an altered one is refused. */
  handle: string;
  /** The first part number. */
  from: number;
  /** The last part number. Default: `from` + 999, or the last part. */
  to?: number;
}

/** Further parts of a multipart upload, presigned. */
export interface PartsAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** The requested parts. */
  parts: AuthorisedPart[];
  /** The part number after these; absent if there is none. */
  nextPartNumber?: number;
  /** Lists the parts that have arrived from `from` on, up to 1,000 of them, as OSS's XML. */
  listParts: { method: 'GET'; url: string };
  /** When these URLs expire: with the upload, or before it with temporary credentials. */
  expiresAt: Date;
}

/** An upload of a file by the app itself, in parallel parts. */
export interface UploadFileRequest extends UploadRequest {
  /** Path of the file. */
  path: string;
  /** As with `authorizeMultipart`; a file that fits into one part is sent with one PUT. */
  partSizeBytes?: number;
  /** How many parts are sent at the same time, 1 to 100. Default 4. */
  parallel?: number;
  /** Called as bytes are sent, and at the end; the count never decreases, even if parts are sent again. */
  onProgress?: (progress: UploadProgress) => void;
  /** Aborts the upload and removes its parts from OSS. */
  signal?: AbortSignal;
  /**
   * Path of a file with the state that another process needs to continue this upload; its folder must exist. It holds
   * no secret and is removed when the upload ends. Concurrent uploads must not share one.
   */
  checkpointPath?: string;
}

/** How far an upload has come. */
export interface UploadProgress {
  /** Bytes sent so far; a part that is sent again counts once. */
  sentBytes: number;
  /** Size of the file. */
  totalBytes: number;
}
