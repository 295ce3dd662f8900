import { Readable } from 'node:stream';
import { requestObject } from '../../oss-client/oss-client.js';
import { callbackHeaders } from '../../protocol/callback/callback-carriers.js';
import { crc64 } from '../../protocol/checksum/crc64.js';
import { MAX_UPLOAD_BYTES } from '../../protocol/object-limits.js';
import { createUploadId } from '../../ticket/upload-id.js';
import {
  BODY,
  checkTypes,
  type Kinds,
  NUMBER,
  required,
  SIGNAL,
  UPLOAD_REQUEST,
} from '../authorize/check-types.js';
import { invalidRequest } from '../authorize/invalid-request.js';
import { type FileSource, hasChanged, openFile, PIECE_BYTES, readPieces } from './file-source.js';
import { withExactSize } from '../authorize/part-plan.js';
import {
  checkUpload,
  type PreparedUpload,
  prepareUpload,
  type UploadContext,
} from '../authorize/prepare-upload.js';
import { PUT_OBJECT } from '../authorize/presigned-put.js';
import { sendWithCallback } from './send-with-callback.js';
import { MeteredBody } from './upload-body.js';
import type {
  PutObjectRequest,
  UploadRequest,
  UploadResult,
  UploadStream,
} from '../upload-request.js';

export const PUT_OBJECT_REQUEST: Kinds<PutObjectRequest> = {
  ...UPLOAD_REQUEST,
  body: required(BODY),
  sizeBytes: NUMBER,
  signal: SIGNAL,
};

/** See `OssUploadService.putObject`. */
export async function putObject<Answer>(
  request: PutObjectRequest,
  context: UploadContext,
): Promise<UploadResult<Answer>> {
  checkTypes(request, PUT_OBJECT_REQUEST);
  const { body, sizeBytes, signal, ...rest } = request;
  signal?.throwIfAborted();
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    if (sizeBytes !== undefined && sizeBytes !== bytes.byteLength) {
      throw invalidRequest('sizeBytes', `is ${sizeBytes}, the body has ${bytes.byteLength} bytes`);
    }
    return putBytes(rest, bytes, context, signal);
  }
  if (isStream(body)) return putStream(rest, body, sizeBytes, context, signal);
  const file = await openFile('body', body.file);
  try {
    return await putFile(rest, file, context, { field: 'body', signal });
  } finally {
    await file.handle.close();
  }
}

async function putBytes<Answer>(
  request: UploadRequest,
  bytes: Uint8Array,
  context: UploadContext,
  signal: AbortSignal | undefined,
): Promise<UploadResult<Answer>> {
  const upload = preparePut(request, context, 'body', bytes.byteLength);
  const send = { ...(await announce(upload, context)), body: bytes, signal };
  const facts = await sendWithCallback<Answer>(
    upload,
    () => requestObject(send),
    () => crc64(bytes),
  );
  return { uploadId: upload.terms.uploadId, size: bytes.byteLength, ...facts };
}

/** A file with one PUT. */
export async function putFile<Answer>(
  request: UploadRequest,
  file: FileSource,
  context: UploadContext,
  more: { field: string; signal?: AbortSignal; onSent?: (sentBytes: number) => void },
): Promise<UploadResult<Answer>> {
  const { sizeBytes } = file;
  const upload = preparePut(request, context, more.field, sizeBytes);
  const pieces = readPieces(file, 0, sizeBytes, Buffer.allocUnsafe(PIECE_BYTES));
  return sendStream(upload, unchanged(file, pieces), sizeBytes, context, more);
}

/** Aborts the request before its last piece if the file was modified meanwhile. */
async function* unchanged(
  file: FileSource,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0;
  for await (const piece of pieces) {
    doneBytes += piece.byteLength;
    if (doneBytes === file.sizeBytes && (await hasChanged(file))) {
      throw invalidRequest('body', 'was changed during the upload; nothing is stored');
    }
    yield piece;
  }
}

async function putStream<Answer>(
  request: UploadRequest,
  body: UploadStream,
  sizeBytes: number | undefined,
  context: UploadContext,
  signal: AbortSignal | undefined,
): Promise<UploadResult<Answer>> {
  try {
    const upload = preparePut(request, context, 'sizeBytes', sizeBytes);
    return await sendStream(upload, body, sizeBytes, context, { signal });
  } finally {
    // A stream that was not read to its end would keep a file or connection open.
    if (body instanceof Readable) body.destroy();
  }
}

async function sendStream<Answer>(
  upload: PreparedUpload,
  source: UploadStream,
  sizeBytes: number | undefined,
  context: UploadContext,
  { signal, onSent }: { signal?: AbortSignal; onSent?: (sentBytes: number) => void },
): Promise<UploadResult<Answer>> {
  const { minSizeBytes, maxSizeBytes, uploadId } = upload.terms;
  const body = new MeteredBody(source, { sizeBytes, minSizeBytes, maxSizeBytes }, onSent);
  const send = { ...(await announce(upload, context)), body, sizeBytes, signal };
  const facts = await sendWithCallback<Answer>(
    upload,
    () => requestObject(send),
    () => body.crc64,
  );
  return { uploadId, size: body.sentBytes, ...facts };
}

/** @param sizeBytes if it is known: the ticket is then for an object of exactly that size */
function preparePut(
  request: UploadRequest,
  context: UploadContext,
  field: string,
  sizeBytes: number | undefined,
): PreparedUpload {
  const exact = sizeBytes === undefined ? request : withExactSize(request, field, sizeBytes);
  if (sizeBytes !== undefined && sizeBytes > MAX_UPLOAD_BYTES) {
    throw invalidRequest(
      field,
      `has ${sizeBytes} bytes; OSS accepts ${MAX_UPLOAD_BYTES} in one request; use uploadFile`,
    );
  }
  return prepareUpload(checkUpload(exact, PUT_OBJECT, context, createUploadId()), context);
}

/** Makes the ticket's row durable before the request is sent. */
async function announce(upload: PreparedUpload, { ticketStore }: UploadContext) {
  await ticketStore.add(upload);
  const { ossBucket: bucket, object } = upload;
  const headers = { ...upload.headers, ...callbackHeaders(upload.callback) };
  return { method: 'PUT', bucket, object, headers } as const;
}

function isStream(body: PutObjectRequest['body']): body is UploadStream {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}
