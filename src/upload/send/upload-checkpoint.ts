import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isUuid } from '../../ticket/upload-id.js';
import { invalidRequest } from '../authorize/invalid-request.js';
import type { FileSource } from './file-source.js';
import type { PartPlan } from '../authorize/part-plan.js';
import type { UploadRequest } from '../upload-request.js';

const KIND = 'nestjs-oss-callback/upload-checkpoint/1';

/**
 * What another process needs to continue an upload. OSS itself knows which parts have arrived.
 */
export interface UploadCheckpoint {
  uploadId: string;
  ossUploadId: string;
  /** When the upload was authorised, milliseconds since 1970. */
  signedAt: number;
  /** See {@link targetOf}. */
  target: string;
  sizeBytes: number;
  modifiedAt: string;
}

/** A hash of everything but the file that identifies an upload: a checkpoint of another target is not used. */
export function targetOf(
  { variables = {}, ...request }: UploadRequest,
  endpoint: string,
  bucket: string,
  { partSize }: PartPlan,
): string {
  const texts = Object.entries(variables).map(([name, value]) =>
    JSON.stringify([name, String(value)]),
  );
  const fields = Object.entries({ ...request, endpoint, bucket, partSize })
    .filter(([, value]) => value !== undefined)
    .map((field) => JSON.stringify(field));
  const parts = [fields.toSorted(), texts.toSorted()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export function fitsFile(checkpoint: UploadCheckpoint, file: FileSource): boolean {
  return checkpoint.sizeBytes === file.sizeBytes && checkpoint.modifiedAt === file.modifiedAt;
}

/**
 * @returns nothing if there is none
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if the file is no checkpoint, or its folder is not writable
 */
export async function readCheckpoint(path: string): Promise<UploadCheckpoint | undefined> {
  let text: string;
  try {
    await access(dirname(path), constants.W_OK);
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && syscall === 'open') return undefined;
    throw invalidRequest('checkpointPath', `cannot be used: ${message}`);
  }
  const checkpoint = parse(text);
  if (checkpoint) return checkpoint;
  throw invalidRequest(
    'checkpointPath',
    `names a file that is not a checkpoint; it was not changed: ${path}`,
  );
}

/** Written to a temporary file and renamed, so that it is never read half-written. */
export async function writeCheckpoint(path: string, checkpoint: UploadCheckpoint): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify({ kind: KIND, ...checkpoint }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function removeCheckpoint(path: string | undefined): Promise<void> {
  if (path !== undefined) await rm(path, { force: true });
}

function parse(text: string): UploadCheckpoint | undefined {
  try {
    const { kind, ...checkpoint } = JSON.parse(text) as UploadCheckpoint & { kind: unknown };
    const { uploadId, ossUploadId, signedAt, target, sizeBytes, modifiedAt } = checkpoint;
    const isWhole =
      kind === KIND &&
      isUuid(uploadId) &&
      [ossUploadId, target, modifiedAt].every((field) => typeof field === 'string') &&
      [signedAt, sizeBytes].every((field) => Number.isSafeInteger(field));
    return isWhole ? checkpoint : undefined;
  } catch {
    return undefined;
  }
}
