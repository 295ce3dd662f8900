import type { UploadRequest } from '../upload-request.js';

export interface MultipartRequest extends UploadRequest {
  /** Size of the object that will come of it. Another size breaks the ticket, and the upload is rejected. */
  sizeBytes: number;
  /**
   * Size of every part but the last, 102,400 bytes to 5 GB. Default: 8 MB, more where that would make more than
   * 10,000 parts.
   */
  partSizeBytes?: number;
}

/** One request with a part of the file as its body. */
export interface AuthorisedPart {
  /** From 1. */
  partNumber: number;
  method: 'PUT';
  url: string;
  /** All of them are signed. */
  headers: Record<string, string>;
  /** How many bytes of the file this part takes. */
  sizeBytes: number;
}

/** A multipart upload that OSS has begun: parts in any order, then `complete`. */
export interface MultipartAuthorisation {
  uploadId: string;
  /** OSS's own id of the multipart upload. */
  ossUploadId: string;
  /** Size of every part but the last: part n begins at byte (n - 1) * partSize. */
  partSize: number;
  partCount: number;
  /** All parts, or the first 1,000. */
  parts: AuthorisedPart[];
  /** Where there are more: the number to ask `authorizeParts` from. */
  nextPartNumber?: number;
  /** To send without a body when every part has arrived. Its answer is that of the callback. */
  complete: { method: 'POST'; url: string; headers: Record<string, string> };
  /** Gives the upload up and removes its parts. */
  abort: { method: 'DELETE'; url: string };
  /** Which parts have arrived, as OSS's XML. */
  listParts: { method: 'GET'; url: string };
  /** Stands for this upload in `authorizeParts`. */
  handle: string;
  /** Of every URL here. */
  expiresAt: Date;
}

export interface PartsRequest {
  /** As `authorizeMultipart` gave it. It may come from a request: an altered one is refused. */
  handle: string;
  /** The first part number. */
  from: number;
  /** The last one. Default: 1,000 parts, or all that are left. */
  to?: number;
}

export interface PartsAuthorisation {
  uploadId: string;
  parts: AuthorisedPart[];
  nextPartNumber?: number;
  /** Of every URL here: that of the upload, however late they are asked for. */
  expiresAt: Date;
}

export interface UploadFileRequest extends UploadRequest {
  /** The file. */
  path: string;
  /** As with `authorizeMultipart`; a file that fits into one part is sent with one PUT. */
  partSizeBytes?: number;
  /** How many parts are under way at once, 1 to 100. Default 4. */
  parallel?: number;
  /** Called as bytes leave, and at the end; never goes backwards, whatever is sent again. */
  onProgress?: (progress: UploadProgress) => void;
  /** Ends the upload and removes its parts from OSS. */
  signal?: AbortSignal;
  /**
   * Where to keep what a later process needs to go on with this upload; its folder must exist. The file holds no
   * secret and is removed when the upload ends. Two uploads at once must not share one.
   */
  checkpointPath?: string;
}

export interface UploadProgress {
  sentBytes: number;
  totalBytes: number;
}
