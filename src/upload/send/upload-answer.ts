import type { HttpAnswer } from '../../oss-client/http-exchange.js';
import { normalizeEtag, readRefusal } from '../../oss-client/oss-response.js';
import { OssCallbackError } from '../../common/errors.js';
import type { PreparedUpload } from '../authorize/prepare-upload.js';

export interface StoredUpload<Answer> {
  etag: string;
  crc64: string;
  answer: Answer;
}

/**
 * Reads OSS's answer to an upload with callback: 200 with the app's JSON, 203 if the object is stored but its callback
 * failed, else a refusal.
 * @throws OssCallbackError `OSS_REFUSED`, or `CALLBACK_FAILED` or `ANSWER_UNREADABLE` if the object is stored
 */
export function readUploadAnswer<Answer>(
  answer: HttpAnswer,
  { terms: { uploadId }, object }: PreparedUpload,
): StoredUpload<Answer> {
  const stored = {
    etag: normalizeEtag(answer.headers.etag ?? ''),
    crc64: answer.headers['x-oss-hash-crc64ecma'] ?? '',
  };
  if (answer.status === 200) {
    try {
      return { ...stored, answer: JSON.parse(answer.text) as Answer };
    } catch (cause) {
      throw new OssCallbackError(
        'ANSWER_UNREADABLE',
        `The object ${JSON.stringify(object)} is stored (ETag ${stored.etag}), but the response of its callback is not JSON.`,
        { details: { uploadId, ...stored }, cause },
      );
    }
  }
  const refusal = readRefusal(answer);
  const { reason } = refusal;
  const details = { uploadId, ...refusal.details };
  if (answer.status === 203) {
    throw new OssCallbackError(
      'CALLBACK_FAILED',
      `The object ${JSON.stringify(object)} is stored (ETag ${stored.etag}), but its callback failed (${reason}). Do not upload it again: check the status of upload ${uploadId}.`,
      { details: { ...details, ...stored } },
    );
  }
  throw new OssCallbackError(
    'OSS_REFUSED',
    `OSS did not store the object ${JSON.stringify(object)} (${reason}).`,
    { details },
  );
}
