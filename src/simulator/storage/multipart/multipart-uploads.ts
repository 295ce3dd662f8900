import { randomBytes } from 'node:crypto';
import type { Resource } from '../../server/resource.js';
import type { Content } from '../content/content.js';
import type { MultipartFiles } from './multipart-files.js';
import type { MultipartUpload, UploadedPart } from './multipart-upload.js';

/** The pending multipart uploads. With `dataDirectory`, they survive a restart. */
export class MultipartUploads {
  readonly #uploads = new Map<string, MultipartUpload>();

  constructor(private readonly files?: MultipartFiles) {}

  /** Loads the uploads of an earlier run. */
  async load(openContent: (name: string, sizeBytes: number) => Content | undefined): Promise<void> {
    for (const upload of (await this.files?.load(openContent)) ?? []) {
      this.#uploads.set(upload.id, upload);
    }
  }

  /** All uploads, or those to a bucket, sorted by key, then by id. */
  list(bucket?: string): MultipartUpload[] {
    const name = ({ object, id }: MultipartUpload) => Buffer.from(`${object}\u0000${id}`);
    return [...this.#uploads.values()]
      .filter((upload) => bucket === undefined || upload.bucket === bucket)
      .toSorted((a, b) => Buffer.compare(name(a), name(b)));
  }

  /** Names of the content of all parts. */
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
   * Adds a part, or replaces the one with the same number.
   * @returns whether the upload is still pending
   */
  async addPart(upload: MultipartUpload, part: UploadedPart): Promise<boolean> {
    const isThere = this.#uploads.has(upload.id);
    const superseded = isThere ? upload.parts.get(part.number) : part;
    if (isThere) {
      upload.parts.set(part.number, part);
      await this.files?.savePart(upload, part).catch((error: unknown) => {
        if (this.#uploads.has(upload.id)) throw error; // otherwise its folder is deleted
      });
    }
    await superseded?.received.content.discard();
    return isThere;
  }

  /** Hides the upload from other requests while it is completed, and restores it if that fails. */
  async complete<Result>(upload: MultipartUpload, store: () => Promise<Result>): Promise<Result> {
    this.#uploads.delete(upload.id);
    try {
      const result = await store();
      await this.end(upload);
      return result;
    } catch (error) {
      this.#uploads.set(upload.id, upload);
      throw error;
    }
  }

  /** Removes an upload with its parts. */
  async end(upload: MultipartUpload): Promise<void> {
    this.#uploads.delete(upload.id);
    await this.files?.remove(upload);
    for (const { received } of upload.parts.values()) await received.content.discard();
  }
}
