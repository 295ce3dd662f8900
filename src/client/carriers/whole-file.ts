import type { FormAuthorisation, PutAuthorisation } from '../authorisation.js';
import { readOutcome, type UploadOutcome } from '../oss-answer.js';
import type { OssUploadError } from '../oss-upload-error.js';
import { withRetries } from '../retries.js';
import { nameOf } from '../source.js';
import { type Order, type Sending, sendOne } from './sending.js';

/** Every field as given, the file last. */
export function sendForm<Answer>(
  { uploadId, url, fields }: FormAuthorisation,
  sending: Sending,
): Promise<UploadOutcome<Answer>> {
  const { file } = sending;
  const typed = file.type ? { 'x-oss-content-type': file.type, ...fields } : fields;
  const form = { method: 'POST', url, fields: typed, file, fileName: nameOf(file) };
  return sendWhole(uploadId, form, sending);
}

/** The file is the body, and every header is signed. */
export function sendPut<Answer>(
  { uploadId, method, url, headers }: PutAuthorisation,
  sending: Sending,
): Promise<UploadOutcome<Answer>> {
  return sendWhole(uploadId, { method, url, headers, file: sending.file }, sending);
}

/** The request completes the upload: it is sent again only if its body was certainly not sent completely. */
function sendWhole<Answer>(
  uploadId: string,
  request: Order,
  sending: Sending,
): Promise<UploadOutcome<Answer>> {
  const onProgress = (sent: number, body: number) => sending.progress.sent(sent, body);
  return withRetries(
    sending,
    async () => {
      const answer = await sendOne({ ...request, onProgress }, uploadId, sending, true);
      return readOutcome<Answer>(uploadId, answer);
    },
    (error) => {
      const { code, mayBeStored } = error as OssUploadError;
      return code === 'NETWORK' && !mayBeStored;
    },
  );
}
