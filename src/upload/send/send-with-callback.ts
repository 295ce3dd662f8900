import { type HttpAnswer, NoAnswerError } from '../../oss-client/http-exchange.js';
import { readRefusal } from '../../oss-client/oss-response.js';
import { OssCallbackError, type OssCallbackErrorOptions } from '../../common/errors.js';
import type { PreparedUpload } from '../authorize/prepare-upload.js';
import { readUploadAnswer, type StoredUpload } from './upload-answer.js';

/**
 * Sends the request of an upload that makes OSS call back: once, since its callback may have run however it ends.
 * @param crc64 of everything that was sent, asked for when the answer is there
 * @throws OssCallbackError `OSS_UNAVAILABLE` where nobody knows whether the object is stored (`details.uploadId` is
 *   what to ask the status of), `OBJECT_MISMATCH` where OSS stored other bytes, else as {@link readUploadAnswer}
 */
export async function sendWithCallback<Answer>(
  upload: PreparedUpload,
  send: () => Promise<HttpAnswer>,
  crc64: () => bigint,
): Promise<StoredUpload<Answer>> {
  const answer = await send().catch((error: unknown) => {
    const broken = error instanceof OssCallbackError ? error.cause : undefined;
    if (!(error instanceof OssCallbackError && broken instanceof NoAnswerError)) throw error;
    // What the status says holds, whether or not the rest of the answer came.
    if (broken.head) return { ...broken.head, text: '' };
    throw unknownOutcome(upload, 'no answer came', { hint: error.hintText, cause: broken });
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
    `OSS did not say whether it stored the object ${JSON.stringify(object)} (${reason}). Do not upload it again: ask for the status of upload ${uploadId}.`,
    { hint, cause, details: { ...details, uploadId } },
  );
}
