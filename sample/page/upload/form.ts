import { askApp } from '../app-api.js';
import { send } from './send.js';
import { type Upload, wishFor } from './upload.js';
import { readUploaded, type Uploaded } from './uploaded.js';

interface FormAuthorisation {
  uploadId: string;
  url: string;
  fields: Record<string, string>;
}

/** A form that the app has signed: every field as given, the file last. */
export async function uploadByForm(upload: Upload): Promise<Uploaded> {
  const { file, name, signal, onProgress } = upload;
  const { uploadId, url, fields } = await askApp<FormAuthorisation>(
    'POST',
    '/uploads/form',
    wishFor(upload),
    signal,
  );
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  body.append('file', file, name);
  return readUploaded(uploadId, await send({ method: 'POST', url, body, signal, onProgress }));
}
