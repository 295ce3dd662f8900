import type { FormAuthorisation, PutAuthorisation } from '../authorisation.js';
import { aborted, throwIfAborted } from '../cancellation.js';
import { readOutcome, toUploadError, type UploadOutcome } from '../oss-answer.js';
import { OssUploadError } from '../oss-upload-error.js';
import { withRetries } from '../retries.js';
import { nameOf } from '../source.js';
import type { TransportRequest } from '../transports/transport.js';
import type { Sending } from './sending.js';

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

/** Such a request completes the upload: it is sent again only where its body is known not to have left as a whole. */
async function sendWhole<Answer>(
  uploadId: string,
  request: Omit<TransportRequest, 'signal' | 'onProgress'>,
  { transport, signal, retries, progress }: Sending,
): Promise<UploadOutcome<Answer>> {
  const onProgress = (sent: number, body: number) => progress.sentOfBody(sent, body);
  const attempt = async () => {
    throwIfAborted(signal);
    const answer = await transport
      .send({ ...request, signal, onProgress })
      .catch((cause: unknown) => {
        const error = toUploadError(cause, uploadId, true);
        const { mayBeStored = true } = error as Partial<OssUploadError>;
        throw signal.aborted ? aborted(signal, { uploadId, mayBeStored }) : error;
      });
    return readOutcome<Answer>(uploadId, answer);
  };
  return withRetries({ retries, signal }, attempt, isNotStored);
}

function isNotStored(error: unknown): boolean {
  return error instanceof OssUploadError && error.code === 'NETWORK' && !error.mayBeStored;
}
