import type { PostObjectAuthorisation, PutObjectAuthorisation } from '../../src/index.js';

export interface UploadAnswer {
  status: number;
  text: string;
}

/** Sends a form as a browser does. */
export async function sendForm(
  { url, fields }: Pick<PostObjectAuthorisation, 'url' | 'fields'>,
  file: Blob | Uint8Array | string,
): Promise<UploadAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const blob = file instanceof Blob ? file : new Blob([Buffer.from(file)]);
  form.append('file', blob, 'file');
  return read(await fetch(url, { method: 'POST', body: form }));
}

/** Sends what a presigned PUT allows. */
export async function sendPut(
  { url, method, headers }: Pick<PutObjectAuthorisation, 'url' | 'method' | 'headers'>,
  body: Uint8Array | string,
): Promise<UploadAnswer> {
  // a Buffer, because fetch gives a text a content type of its own
  return read(await fetch(url, { method, headers, body: Buffer.from(body) }));
}

async function read(response: Response): Promise<UploadAnswer> {
  return { status: response.status, text: await response.text() };
}
