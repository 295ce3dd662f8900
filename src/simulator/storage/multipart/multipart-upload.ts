import type { Resource } from '../../server/resource.js';
import type { ReceivedContent } from '../content/content.js';

export interface UploadedPart {
  number: number;
  /** Upper-case hex, without quotes. */
  etag: string;
  received: ReceivedContent;
  uploadedAt: Date;
}

/** A multipart upload that is neither completed nor aborted. */
export interface MultipartUpload extends Resource {
  id: string;
  initiatedAt: Date;
  /** Whether each part must follow the one before; the object then has a Content-MD5. */
  sequential: boolean;
  /** Of the completed object. */
  mimeType: string;
  metadata: Record<string, string>;
  headers: Record<string, string>;
  parts: Map<number, UploadedPart>;
}
