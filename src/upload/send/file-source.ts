import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '../../common/error-text.js';
import { invalidRequest } from '../authorize/invalid-request.js';

/** Files are read and sent in pieces of this size. */
export const PIECE_BYTES = 512 * 1024;

/** A file that is being uploaded. */
export interface FileSource {
  handle: FileHandle;
  sizeBytes: number;
  /** Nanoseconds since 1970, as text. */
  modifiedAt: string;
}

/** @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if there is no readable file */
export async function openFile(field: string, path: string): Promise<FileSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw invalidRequest(field, `cannot be read: ${messageOf(error)}`);
  }
  try {
    const facts = await handle.stat({ bigint: true });
    if (!facts.isFile()) throw invalidRequest(field, `is not a file: ${path}`);
    return { handle, sizeBytes: Number(facts.size), modifiedAt: String(facts.mtimeNs) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whether the file was modified since it was opened. */
export async function hasChanged({ handle, sizeBytes, modifiedAt }: FileSource): Promise<boolean> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return Number(size) !== sizeBytes || String(mtimeNs) !== modifiedAt;
}

/**
 * A part of a file, piece by piece. All pieces share the buffer: each is overwritten by the next.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if the file is shorter
 */
export async function* readPieces(
  { handle }: Pick<FileSource, 'handle'>,
  start: number,
  sizeBytes: number,
  buffer: Buffer,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < sizeBytes;) {
    const wanted = Math.min(buffer.byteLength, sizeBytes - done);
    const { bytesRead } = await handle.read(buffer, 0, wanted, start + done);
    if (bytesRead === 0) throw fileChanged();
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

export function fileChanged() {
  return invalidRequest('path', 'was changed during the upload; nothing is stored');
}
