import type {
  MultipartAuthorisation,
  PostObjectAuthorisation,
  PutObjectAuthorisation,
} from '../index.js';

/**
 * What `authorizePostObject`, `authorizePutObject` or `authorizeMultipart` returned, also after it was sent as JSON.
 * @category Local OSS
 */
export type SendableAuthorisation =
  | Pick<PostObjectAuthorisation, 'url' | 'fields'>
  | Pick<PutObjectAuthorisation, 'url' | 'method' | 'headers'>
  | Pick<MultipartAuthorisation, 'parts' | 'complete'>;

/**
 * Uploads a file as a client would, with the request that the authorisation describes.
 * @param file in a form, the type of a `File` or `Blob` becomes the field `x-oss-content-type`, unless the
 *   authorisation has that field
 * @returns OSS's response: 200 with the JSON of the `@OssCallback` method, 203 if the object is stored and its
 *   callback failed, another status if OSS refused the upload, or the response to the first part that it refused
 * @category Local OSS
 */
export async function sendUpload(
  authorisation: SendableAuthorisation,
  file: Blob | Uint8Array | string,
): Promise<Response> {
  const blob = file instanceof Blob ? file : new Blob([Buffer.from(file)]);
  if ('fields' in authorisation) return sendForm(authorisation, blob);
  if ('parts' in authorisation) return sendParts(authorisation, blob);
  const { url, method, headers } = authorisation;
  return fetch(url, { method, headers, body: await blob.arrayBuffer() });
}

function sendForm(
  { url, fields }: Pick<PostObjectAuthorisation, 'url' | 'fields'>,
  file: Blob,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file.type !== '' && !('x-oss-content-type' in fields)) {
    form.append('x-oss-content-type', file.type);
  }
  form.append('file', file);
  return fetch(url, { method: 'POST', body: form });
}

async function sendParts(
  { parts, complete }: Pick<MultipartAuthorisation, 'parts' | 'complete'>,
  file: Blob,
): Promise<Response> {
  let sentBytes = 0;
  for (const { url, method, headers, sizeBytes } of parts) {
    const body = await file.slice(sentBytes, sentBytes + sizeBytes).arrayBuffer();
    const response = await fetch(url, { method, headers, body });
    if (!response.ok) return response;
    await response.arrayBuffer();
    sentBytes += sizeBytes;
  }
  return fetch(complete.url, complete);
}
