import { randomBytes } from 'node:crypto';
import type { Content } from './content.js';
import type { MultipartFiles } from './multipart-files.js';
import type { MultipartUpload, UploadedPart } from './multipart-upload.js';
import type { Resource } from '../server/resource.js';

/** The multipart uploads under way. In a folder they survive a restart. */
export class MultipartUploads {
  readonly #uploads = new Map<string, MultipartUpload>();

  constructor(private readonly files?: MultipartFiles) {}

  /** Reads what an earlier run left. */
  async load(openContent: (name: string, sizeBytes: number) => Content | undefined): Promise<void> {
    for (const upload of (await this.files?.load(openContent)) ?? []) {
      this.#uploads.set(upload.id, upload);
    }
  }

  /** The uploads of a bucket, in the order of their keys and then of their ids. */
  list(bucket: string): MultipartUpload[] {
    const name = ({ object, id }: MultipartUpload) => Buffer.from(`${object}\u0000${id}`);
    return [...this.#uploads.values()]
      .filter((upload) => upload.bucket === bucket)
      .toSorted((a, b) => Buffer.compare(name(a), name(b)));
  }

  /** Names of all the content that parts hold. */
  get contentNames(): string[] {
    return [...this.#uploads.values()].flatMap(({ parts }) =>
      [...parts.values()].map(({ received }) => received.content.name),
    );
  }

  async begin(upload: Omit<MultipartUpload, 'id' | 'parts'>): Promise<MultipartUpload> {
    const begun = {
      ...upload,
      id: randomBytes(16).toString('hex').toUpperCase(),
      parts: new Map(),
    };
    await this.files?.begin(begun);
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
    if (isThere) {
      upload.parts.set(part.number, part);
      await this.files?.savePart(upload, part).catch((error: unknown) => {
        if (this.#uploads.has(upload.id)) throw error; // else its folder is gone with it
      });
    }
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
    await this.files?.remove(upload);
    for (const { received } of upload.parts.values()) await received.content.discard();
  }
}
