import { randomBytes } from 'node:crypto';
import type { ReceivedContent } from './content.js';
import type { Resource } from './resource.js';

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
  /** What the object will get; parts bring bytes alone. */
  mimeType: string;
  metadata: Record<string, string>;
  headers: Record<string, string>;
  parts: Map<number, UploadedPart>;
}

/** The multipart uploads under way. They do not survive a restart, their clients begin anew. */
export class MultipartUploads {
  readonly #uploads = new Map<string, MultipartUpload>();

  begin(upload: Omit<MultipartUpload, 'id' | 'parts'>): MultipartUpload {
    const begun = {
      ...upload,
      id: randomBytes(16).toString('hex').toUpperCase(),
      parts: new Map(),
    };
    this.#uploads.set(begun.id, begun);
    return begun;
  }

  find(id: string, { bucket, object }: Resource): MultipartUpload | undefined {
    const upload = this.#uploads.get(id);
    return upload?.bucket === bucket && upload.object === object ? upload : undefined;
  }

  /**
   * A part that comes again takes the place of the earlier one.
   * @returns whether the upload is still there to take it
   */
  async addPart(upload: MultipartUpload, part: UploadedPart): Promise<boolean> {
    const isThere = this.#uploads.has(upload.id);
    const superseded = isThere ? upload.parts.get(part.number) : part;
    if (isThere) upload.parts.set(part.number, part);
    await superseded?.received.content.discard();
    return isThere;
  }

  /** Nobody else finds the upload from now on; it comes back where it could not be completed after all. */
  async whileEnding<Result>(
    upload: MultipartUpload,
    complete: () => Promise<Result>,
  ): Promise<Result> {
    this.#uploads.delete(upload.id);
    try {
      const result = await complete();
      await this.end(upload);
      return result;
    } catch (error) {
      this.#uploads.set(upload.id, upload);
      throw error;
    }
  }

  /** Ends an upload, however it went; its parts are no longer needed. */
  async end(upload: MultipartUpload): Promise<void> {
    this.#uploads.delete(upload.id);
    for (const { received } of upload.parts.values()) await received.content.discard();
  }
}
