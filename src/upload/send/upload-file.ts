import {
  abortMultipart,
  initiateMultipart,
  listParts,
  type MultipartTarget,
} from '../../oss-client/multipart.js';
import { lookUpObject } from '../../oss-client/object-lookup.js';
import { requestObject } from '../../oss-client/oss-client.js';
import { OssCallbackError } from '../../common/errors.js';
import { unquoted } from '../../common/log-text.js';
import { callbackHeaders } from '../../protocol/callback/callback-carriers.js';
import { combineCrc64 } from '../../protocol/checksum/crc64-combine.js';
import { createUploadId } from '../../ticket/upload-id.js';
import { MULTIPART } from '../authorize/authorize-multipart.js';
import { overwriteHeader } from '../authorize/carrier.js';
import {
  checkTypes,
  FUNCTION,
  type Kinds,
  NUMBER,
  required,
  SIGNAL,
  TEXT,
  UPLOAD_REQUEST,
} from '../authorize/check-types.js';
import { invalidRequest } from '../authorize/invalid-request.js';
import { fileChanged, type FileSource, hasChanged, openFile } from './file-source.js';
import type { UploadFileRequest } from '../authorize/multipart-request.js';
import { type PartPlan, planParts, withExactSize } from '../authorize/part-plan.js';
import {
  checkUpload,
  type PreparedUpload,
  prepareUpload,
  type UploadContext,
} from '../authorize/prepare-upload.js';
import { putFile } from './put-object.js';
import { sendWithCallback } from './send-with-callback.js';
import {
  fitsFile,
  readCheckpoint,
  removeCheckpoint,
  targetOf,
  type UploadCheckpoint,
  writeCheckpoint,
} from './upload-checkpoint.js';
import { findSentParts, sendParts, type SentPart, UploadProgressMeter } from './upload-parts.js';
import type { UploadRequest, UploadResult } from '../upload-request.js';

const DEFAULT_PARALLEL = 4;
const MAX_PARALLEL = 100;
/** OSS's error codes after which an upload cannot continue. */
const FINAL_OSS_CODES = ['NoSuchUpload', 'FileAlreadyExists'];

/** A multipart upload that this or an earlier process has initiated. */
interface BegunUpload {
  upload: PreparedUpload;
  target: MultipartTarget;
  sent: SentPart[];
}

/** What one call of {@link uploadFile} works on. */
interface FileUpload {
  /** The request as passed. */
  asked: UploadRequest;
  /** For an object of the file's exact size. */
  request: UploadRequest;
  file: FileSource;
  plan: PartPlan;
  checkpointPath: string | undefined;
  signal: AbortSignal | undefined;
  context: UploadContext;
}

export const UPLOAD_FILE_REQUEST: Kinds<UploadFileRequest> = {
  ...UPLOAD_REQUEST,
  path: required(TEXT),
  partSizeBytes: NUMBER,
  parallel: NUMBER,
  onProgress: FUNCTION,
  signal: SIGNAL,
  checkpointPath: TEXT,
};

/** See `OssUploadService.uploadFile`. */
export async function uploadFile<Answer>(
  uploadRequest: UploadFileRequest,
  context: UploadContext,
): Promise<UploadResult<Answer>> {
  checkTypes(uploadRequest, UPLOAD_FILE_REQUEST);
  const { path, partSizeBytes, signal, checkpointPath, ...others } = uploadRequest;
  const { parallel = DEFAULT_PARALLEL, onProgress, ...rest } = others;
  if (!Number.isInteger(parallel) || parallel < 1 || parallel > MAX_PARALLEL) {
    throw invalidRequest('parallel', `is ${parallel}; write a number from 1 to ${MAX_PARALLEL}`);
  }
  signal?.throwIfAborted();
  const file = await openFile('path', path);
  try {
    const { sizeBytes } = file;
    const plan = planParts(sizeBytes, partSizeBytes);
    const progress = new UploadProgressMeter(sizeBytes, onProgress);
    if (plan.partCount <= 1) {
      const onSent = (bytes: number) => progress.report(1, bytes);
      return await putFile<Answer>(rest, file, context, { field: 'path', signal, onSent });
    }
    const request = withExactSize(rest, 'path', sizeBytes);
    const doing: FileUpload = { asked: rest, request, file, plan, checkpointPath, signal, context };
    const begun = await begin(doing);
    try {
      for (const part of begun.sent) progress.report(part.partNumber, part.sizeBytes);
      const parts = await sendParts({ ...begun, ...doing, parallel, progress });
      if (await hasChanged(file)) throw fileChanged();
      const facts = await complete<Answer>(begun, parts, signal);
      await removeCheckpoint(checkpointPath);
      return { uploadId: begun.upload.uploadId, size: sizeBytes, ...facts };
    } catch (error) {
      await cleanUp(error, begun.target, doing);
      throw error;
    }
  } finally {
    await file.handle.close();
  }
}

async function begin(doing: FileUpload): Promise<BegunUpload> {
  const { asked, request, file, plan, checkpointPath, signal, context } = doing;
  const checked = checkUpload(request, MULTIPART, context, createUploadId());
  const { uploadId, object, headers, ossBucket: bucket } = checked;
  const wanted = targetOf(asked, bucket.endpoint, bucket.bucket, plan);
  const checkpoint = checkpointPath ? await readCheckpoint(checkpointPath) : undefined;
  if (checkpoint?.target === wanted) {
    const resumed = await resume(checkpoint, doing);
    if (resumed) return resumed;
  }
  const upload = prepareUpload(checked, context);
  await context.ticketStore.add(upload);
  const target = {
    bucket,
    object,
    ossUploadId: await initiateMultipart(bucket, object, headers, signal),
  };
  if (checkpointPath) {
    const { sizeBytes, modifiedAt } = file;
    try {
      await writeCheckpoint(checkpointPath, {
        uploadId,
        ossUploadId: target.ossUploadId,
        signedAt: +upload.signedAt,
        target: wanted,
        sizeBytes,
        modifiedAt,
      });
    } catch (error) {
      await abortMultipart(target);
      throw error;
    }
  }
  return { upload, target, sent: [] };
}

/**
 * @returns nothing if the upload has to start again
 * @throws OssCallbackError `ANSWER_UNREADABLE` if it is complete and its answer was lost with its process
 */
async function resume(
  checkpoint: UploadCheckpoint,
  doing: FileUpload,
): Promise<BegunUpload | undefined> {
  const { request, file, plan, checkpointPath, signal, context } = doing;
  const { uploadId, ossUploadId } = checkpoint;
  const signedAt = new Date(checkpoint.signedAt);
  const checked = checkUpload(request, MULTIPART, context, uploadId);
  const upload = prepareUpload(checked, context, { signedAt });
  const { ossBucket: bucket, object } = upload;
  const target = { bucket, object, ossUploadId };
  if (!fitsFile(checkpoint, file) || upload.terms.acceptUntil <= new Date()) {
    await abortMultipart(target);
    return undefined;
  }
  try {
    const listed = await listParts(target, signal);
    if (listed) return { upload, target, sent: await findSentParts(file, plan, listed, signal) };
  } catch (error) {
    await cleanUp(error, target, doing);
    throw error;
  }
  const lookup = await lookUpObject(bucket, object, { signal });
  if (lookup.state === 'unavailable') {
    throw new OssCallbackError('OSS_UNAVAILABLE', 'It is unknown whether the file is stored.', {
      hint: unquoted(lookup.reason),
      details: { uploadId },
    });
  }
  if (lookup.state !== 'found' || lookup.facts.uploadId !== uploadId) return undefined;
  await removeCheckpoint(checkpointPath);
  const { etag, crc64 } = lookup.facts;
  throw new OssCallbackError(
    'ANSWER_UNREADABLE',
    `The object ${JSON.stringify(object)} is stored (ETag ${etag}) by an earlier process, and the response of its callback is lost. Do not upload it again: check the status of upload ${uploadId}.`,
    { details: { uploadId, etag, crc64 } },
  );
}

async function complete<Answer>(
  { upload, target: { bucket, object, ossUploadId } }: BegunUpload,
  parts: readonly SentPart[],
  signal: AbortSignal | undefined,
) {
  // An explicit list, so that the object consists of these parts only.
  const list = parts.map(
    ({ partNumber, etag }) =>
      `<Part><PartNumber>${partNumber}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  const body = Buffer.from(
    `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`,
    'utf8',
  );
  const headers = {
    'content-type': 'application/xml',
    ...callbackHeaders(upload.callback),
    ...overwriteHeader(upload),
  };
  const query = { uploadId: ossUploadId };
  return sendWithCallback<Answer>(
    upload,
    () => requestObject({ method: 'POST', bucket, object, query, headers, body, signal }),
    () => combineCrc64(parts),
  );
}

/** Aborts the upload, unless another process may continue it, or its parts may have become an object. */
async function cleanUp(
  error: unknown,
  target: MultipartTarget,
  { file, checkpointPath, signal }: FileUpload,
): Promise<void> {
  const { code, details } = error instanceof OssCallbackError ? error : {};
  const isStored = ['CALLBACK_FAILED', 'ANSWER_UNREADABLE', 'OBJECT_MISMATCH'].includes(code ?? '');
  const isUnknown = code === 'OSS_UNAVAILABLE' && details?.uploadId !== undefined;
  const isFinal =
    isStored ||
    signal?.aborted ||
    FINAL_OSS_CODES.includes(String(details?.ossCode)) ||
    (await hasChanged(file));
  const mayGoOn = !isFinal && (checkpointPath !== undefined || isUnknown);
  if (mayGoOn) return;
  if (!isStored) await abortMultipart(target);
  await removeCheckpoint(checkpointPath);
}
