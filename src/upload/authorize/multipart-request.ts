import type { UploadRequest } from '../upload-request.js';

/**
 * A multipart upload by a client.
 * @category Uploads
 */
export interface MultipartRequest extends UploadRequest {
  /**
   * Size of the completed object in bytes. An object of another size violates its ticket, and the upload is rejected.
   */
  sizeBytes: number;
  /**
   * Size of every part but the last, 102,400 bytes to 5 GB. Default: 8 MB, or more if there would otherwise be more
   * than 10,000 parts.
   */
  partSizeBytes?: number;
  /**
   * How many parts are presigned at once, 1 to 1,000; `authorizeParts` presigns the others. Each takes time and about
   * 600 bytes of the response, which adds up if one request authorises many uploads. Default: 1,000.
   */
  presignedParts?: number;
}

/**
 * One part of the file, and the request to send it with.
 * @category Uploads
 */
export interface AuthorisedPart {
  /** Number of the part, from 1. */
  partNumber: number;
  /** Always `PUT`. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /** Headers that have to be sent; all of them are signed. */
  headers: Record<string, string>;
  /** Size of this part of the file, in bytes. */
  sizeBytes: number;
}

/**
 * An initiated multipart upload: send the parts in any order, then `complete`.
 * @category Uploads
 */
export interface MultipartAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** OSS's own id of the multipart upload. */
  ossUploadId: string;
  /** Size of every part but the last, in bytes: part n begins at byte (n - 1) * partSize. */
  partSize: number;
  /** Number of all parts. */
  partCount: number;
  /** All parts, or the first `presignedParts`. */
  parts: AuthorisedPart[];
  /** The first part number that is not in `parts`, to be passed to `authorizeParts` as `from`; absent if there is none. */
  nextPartNumber?: number;
  /**
   * The request that completes the upload once all parts have arrived; it has no body. The response is that of the
   * callback.
   */
  complete: {
    /** Always `POST`. */
    method: 'POST';
    /** The presigned URL. */
    url: string;
    /** Headers that have to be sent; all of them are signed. */
    headers: Record<string, string>;
  };
  /** The request that aborts the upload and removes its parts. */
  abort: {
    /** Always `DELETE`. */
    method: 'DELETE';
    /** The presigned URL. */
    url: string;
  };
  /** The request that lists the parts that have arrived, at most 1,000, as OSS's XML. */
  listParts: {
    /** Always `GET`. */
    method: 'GET';
    /** The presigned URL. */
    url: string;
  };
  /** Identifies this upload in `authorizeParts`. */
  handle: string;
  /** When all these URLs expire. */
  expiresAt: Date;
}

/**
 * Further parts of a multipart upload.
 * @category Uploads
 */
export interface PartsRequest {
  /** As `authorizeMultipart` returned it. It may come from a client's request: an altered one is refused. */
  handle: string;
  /** The first part number. */
  from: number;
  /** The last part number, at most `from` + 999. Default: that, or the last part. */
  to?: number;
}

/**
 * Further parts of a multipart upload, presigned.
 * @category Uploads
 */
export interface PartsAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** The requested parts. */
  parts: AuthorisedPart[];
  /** The part number after these; absent if there is none. */
  nextPartNumber?: number;
  /** The request that lists the parts that have arrived, beginning with `from`, at most 1,000, as OSS's XML. */
  listParts: {
    /** Always `GET`. */
    method: 'GET';
    /** The presigned URL. */
    url: string;
  };
  /** When these URLs expire: with the upload, or before it with temporary credentials. */
  expiresAt: Date;
}

/**
 * An upload of a file by the app itself, in parallel parts.
 * @category Uploads
 */
export interface UploadFileRequest extends UploadRequest {
  /** Path of the file. */
  path: string;
  /**
   * Size of every part but the last, 102,400 bytes to 5 GB; a file that fits into one part is sent with one PUT.
   * Default: 8 MB, or more if there would otherwise be more than 10,000 parts.
   */
  partSizeBytes?: number;
  /** How many parts are sent concurrently, 1 to 100. Default: 4. */
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

/**
 * Progress of an upload by the app itself.
 * @category Uploads
 */
export interface UploadProgress {
  /** Bytes sent so far; a part that is sent again counts once. */
  sentBytes: number;
  /** Size of the file. */
  totalBytes: number;
}
