import type { ReceivedContent } from './content.js';
import type { Resource } from '../server/resource.js';

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
  /** What the object will get; parts bring bytes alone. */
  mimeType: string;
  metadata: Record<string, string>;
  headers: Record<string, string>;
  parts: Map<number, UploadedPart>;
}
