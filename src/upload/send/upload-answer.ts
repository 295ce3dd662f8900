import { normalizeEtag, readRefusal } from '../../oss-client/oss-response.js';
import { OssCallbackError } from '../../common/errors.js';
import type { PreparedUpload } from '../authorize/prepare-upload.js';

export interface StoredUpload<Answer> {
  etag: string;
  crc64: string;
  answer: Answer;
}

/**
 * Reads what OSS answers to an upload with callback: 200 with the app's JSON, 203 where the object is stored and the
 * callback failed, else a refusal.
 * @throws OssCallbackError `CALLBACK_FAILED`, `OSS_REFUSED` or `ANSWER_UNREADABLE`; the first and the last mean
 *   that the object is stored
 */
export async function readUploadAnswer<Answer>(
  response: Response,
  { terms: { uploadId }, object }: PreparedUpload,
): Promise<StoredUpload<Answer>> {
  // A connection that breaks now changes nothing about what the status says.
  const text = await response.text().catch(() => '');
  const stored = {
    etag: normalizeEtag(response.headers.get('etag') ?? ''),
    crc64: response.headers.get('x-oss-hash-crc64ecma') ?? '',
  };
  if (response.status === 200) {
    try {
      return { ...stored, answer: JSON.parse(text) as Answer };
    } catch (cause) {
      throw new OssCallbackError(
        'ANSWER_UNREADABLE',
        `The object ${JSON.stringify(object)} is stored (ETag ${stored.etag}), but the answer that came with it is not JSON.`,
        { details: { uploadId, ...stored }, cause },
      );
    }
  }
  const refusal = readRefusal(response, text);
  const { reason } = refusal;
  const details = { uploadId, ...refusal.details };
  if (response.status === 203) {
    throw new OssCallbackError(
      'CALLBACK_FAILED',
      `The object ${JSON.stringify(object)} is stored (ETag ${stored.etag}), but its callback failed (${reason}). Do not upload it again: ask for the status of upload ${uploadId}.`,
      { details: { ...details, ...stored } },
    );
  }
  throw new OssCallbackError(
    'OSS_REFUSED',
    `OSS did not store the object ${JSON.stringify(object)} (${reason}).`,
    { details },
  );
}
