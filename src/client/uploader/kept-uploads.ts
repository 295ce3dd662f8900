import type { MultipartAuthorisation } from '../authorisation.js';
import { isBlob, type UploadSource } from '../source.js';

/**
 * `localStorage`, or a storage with the same methods; they may return promises.
 * @category Uploads
 */
export interface UploadStorage {
  /** Reads a value; null or `undefined` if there is none. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  /**
   * Stores a value. What it returns is awaited; an error only means that the upload does not continue after a reload.
   */
  setItem(key: string, value: string): unknown;
  /** Removes a value, if there is one. */
  removeItem(key: string): unknown;
}

type Kept = MultipartAuthorisation & { expiresAt?: string };

export type KeptUpload = ReturnType<typeof keptUpload>;

/**
 * A multipart upload that continues after a reload. What is kept are the requests for the list of parts, for the
 * completion and for the abort, and the handle for further parts: about 4 kB for an upload of any size. Files that
 * cannot be recognised after a reload are not kept.
 * @param wish the description of the file that the app receives
 */
export function keptUpload(
  storage: UploadStorage | undefined,
  url: string,
  file: UploadSource,
  wish: object,
) {
  const isKeepable = storage !== undefined && isBlob(file) && file.lastModified !== undefined;
  const key = isKeepable && `oss-upload ${url} ${JSON.stringify([wish, file.lastModified])}`;

  /** If the storage is full, closed or damaged, the upload begins again and does not fail. */
  async function access<Result>(
    work: (storage: UploadStorage, key: string) => Result | Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return key ? await work(storage, key) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    isKeepable,
    find: () =>
      access(async (storage, key) => {
        const kept = JSON.parse((await storage.getItem(key)) ?? 'null') as Partial<Kept> | null;
        const { uploadId, handle, partSize, complete, abort, expiresAt } = kept ?? {};
        const isWhole = uploadId && handle && partSize && complete?.url && abort?.url;
        return isWhole && Date.parse(expiresAt ?? '') > Date.now() ? (kept as Kept) : undefined;
      }),
    keep: (authorisation: MultipartAuthorisation) =>
      access((storage, key) => {
        const kept = { ...authorisation, parts: [], nextPartNumber: 1 };
        return storage.setItem(key, JSON.stringify(kept));
      }),
    forget: () => access((storage, key) => storage.removeItem(key)),
  };
}
