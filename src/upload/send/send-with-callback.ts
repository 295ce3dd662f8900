import { type HttpAnswer, NoAnswerError } from '../../oss-client/http-exchange.js';
import { readRefusal } from '../../oss-client/oss-response.js';
import { OssCallbackError, type OssCallbackErrorOptions } from '../../common/errors.js';
import type { PreparedUpload } from '../authorize/prepare-upload.js';
import { readUploadAnswer, type StoredUpload } from './upload-answer.js';

/**
 * Sends the request that makes OSS store an object and call back. It is sent once, since its callback may have run even
 * if it fails.
 * @param crc64 of everything that was sent; called after the answer came
 * @throws OssCallbackError `OSS_UNAVAILABLE` if it is unknown whether the object is stored (ask for the status of
 *   `details.uploadId`), `OBJECT_MISMATCH` if OSS stored other bytes, else as {@link readUploadAnswer}
 */
export async function sendWithCallback<Answer>(
  upload: PreparedUpload,
  send: () => Promise<HttpAnswer>,
  crc64: () => bigint,
): Promise<StoredUpload<Answer>> {
  const answer = await send().catch((error: unknown) => {
    const broken = error instanceof OssCallbackError ? error.cause : undefined;
    if (!(error instanceof OssCallbackError && broken instanceof NoAnswerError)) throw error;
    // The status holds even if the rest of the answer is missing.
    if (broken.head) return { ...broken.head, text: '' };
    throw unknownOutcome(upload, 'no response', { hint: error.hintText, cause: broken });
  });
  if (answer.status >= 500) {
    const { reason, details } = readRefusal(answer);
    throw unknownOutcome(upload, reason, { details });
  }
  const stored = readUploadAnswer<Answer>(answer, upload);
  const expected = String(crc64());
  if (stored.crc64 !== '' && stored.crc64 !== expected) {
    const { uploadId } = upload.terms;
    throw new OssCallbackError(
      'OBJECT_MISMATCH',
      `The object ${JSON.stringify(upload.object)} is stored (ETag ${stored.etag}), but its bytes are not those that were sent: their CRC64 is ${stored.crc64}, not ${expected}. Its callback has run: see the record of upload ${uploadId}.`,
      { details: { uploadId, ...stored, expectedCrc64: expected } },
    );
  }
  return { ...stored, crc64: expected };
}

function unknownOutcome(
  { terms: { uploadId }, object }: PreparedUpload,
  reason: string,
  { hint, cause, details }: Pick<OssCallbackErrorOptions, 'hint' | 'cause' | 'details'>,
): OssCallbackError {
  return new OssCallbackError(
    'OSS_UNAVAILABLE',
    `It is unknown whether OSS stored the object ${JSON.stringify(object)} (${reason}). Do not upload it again: check the status of upload ${uploadId}.`,
    { hint, cause, details: { ...details, uploadId } },
  );
}
