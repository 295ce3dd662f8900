import { askApp } from '../app-api.js';
import { inParallel } from './in-parallel.js';
import { send } from './send.js';
import { type Upload, wishFor } from './upload.js';
import { readUploaded, refusal, type Uploaded } from './uploaded.js';

const PARTS_AT_ONCE = 3;
const ATTEMPTS = 3;

interface Part {
  partNumber: number;
  method: 'PUT';
  url: string;
  headers: Record<string, string>;
  sizeBytes: number;
}

interface MultipartAuthorisation {
  uploadId: string;
  partSize: number;
  parts: Part[];
  complete: { method: 'POST'; url: string; headers: Record<string, string> };
  abort: { method: 'DELETE'; url: string };
}

/** Parts of the file, several at once, then the completion, whose answer is that of the callback. */
export async function uploadByMultipart(upload: Upload): Promise<Uploaded> {
  const { file, signal, onProgress } = upload;
  // The sample takes files of up to 100 MB: with more than 1,000 parts the app would be asked for further URLs.
  const { uploadId, partSize, parts, complete, abort } = await askApp<MultipartAuthorisation>(
    'POST',
    '/uploads/multipart',
    wishFor(upload),
    signal,
  );
  const sentBytes = parts.map(() => 0);
  try {
    await inParallel(parts, PARTS_AT_ONCE, async (part, index) => {
      const start = (part.partNumber - 1) * partSize;
      await sendPart(part, file.slice(start, start + part.sizeBytes), signal, (sent) => {
        sentBytes[index] = sent;
        onProgress(sentBytes.reduce((sum, bytes) => sum + bytes, 0));
      });
    });
    return readUploaded(uploadId, await send({ ...complete, signal }));
  } catch (error) {
    // OSS would keep the parts, and charge for them
    await fetch(abort.url, { method: abort.method }).catch(() => undefined);
    throw error;
  }
}

/** A part may be sent again: it is the same part. */
async function sendPart(
  { method, url, headers }: Part,
  body: Blob,
  signal: AbortSignal,
  onProgress: (sentBytes: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === ATTEMPTS;
    const answer = await send({ method, url, headers, body, signal, onProgress }).catch(
      (error: unknown) => {
        if (signal.aborted || isLast) throw error;
        return undefined;
      },
    );
    if (answer?.status === 200) return;
    if (answer && (answer.status < 500 || isLast)) throw refusal(answer);
  }
}
