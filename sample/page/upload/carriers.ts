import { uploadByForm } from './form.js';
import { uploadByMultipart } from './multipart.js';
import { uploadByPut } from './put.js';
import type { Upload } from './upload.js';
import type { Uploaded } from './uploaded.js';

export type Carrier = 'form' | 'put' | 'multipart';

/**
 * The ways to upload. Each asks the app for an authorisation, and sends the file to OSS with it.
 * They throw where OSS does not store the file, and the signal's reason where it is cancelled.
 */
export const carriers: Record<Carrier, (upload: Upload) => Promise<Uploaded>> = {
  form: uploadByForm,
  put: uploadByPut,
  // nothing cannot be cut into parts
  multipart: (upload) => (upload.file.size === 0 ? uploadByPut : uploadByMultipart)(upload),
};
