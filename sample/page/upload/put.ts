import { askApp } from '../app-api.js';
import { send } from './send.js';
import { type Upload, wishFor } from './upload.js';
import { readUploaded, type Uploaded } from './uploaded.js';

interface PutAuthorisation {
  uploadId: string;
  method: 'PUT';
  url: string;
  headers: Record<string, string>;
}

/** A presigned PUT: the file is the body, and every header is signed. */
export async function uploadByPut(upload: Upload): Promise<Uploaded> {
  const { file, signal, onProgress } = upload;
  const { uploadId, ...request } = await askApp<PutAuthorisation>(
    'POST',
    '/uploads/put',
    wishFor(upload),
    signal,
  );
  return readUploaded(uploadId, await send({ ...request, body: file, signal, onProgress }));
}
