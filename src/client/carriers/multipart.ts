import { refusalOf } from '../ask-app.js';
import type { MultipartAuthorisation, PartAuthorisation, PartsPage } from '../authorisation.js';
import { never, throwIfAborted } from '../cancellation.js';
import { readElement, readOutcome, refusal, type UploadOutcome } from '../oss-answer.js';
import { isPassing, type OssUploadError } from '../oss-upload-error.js';
import { inParallel, withRetries } from '../retries.js';
import type { BlobSource } from '../source.js';
import type { TransportAnswer } from '../transports/transport.js';
import { type Order, type Sending, sendOne } from './sending.js';

const MAX_PARTS = 10_000;

export interface MultipartSending extends Sending {
  parallel: number;
  /** Whether parts may have been sent before; OSS is then asked which have arrived. */
  isResumed: boolean;
  /** Requests the page that begins with this part. */
  getParts: (from: number) => Promise<PartsPage>;
}

/**
 * Sends the missing parts, several at once, then the completion, whose response is that of the callback. The completion
 * is sent once.
 */
export async function sendMultipart<Answer>(
  authorisation: MultipartAuthorisation,
  sending: MultipartSending,
): Promise<UploadOutcome<Answer>> {
  const file = sending.file as BlobSource;
  let doneBytes = 0;
  for (let page: PartsPage = authorisation; ;) {
    // an upload that was kept from an earlier visit has no parts
    if (page.parts.length > 0) {
      doneBytes = await sendPage(page, doneBytes, file, authorisation, sending);
    }
    const { nextPartNumber } = page;
    if (nextPartNumber === undefined) break;
    throwIfAborted(sending.signal);
    const next = await sending.getParts(nextPartNumber);
    // Pages in a circle would never end.
    const isNext = next.parts[0]?.partNumber === nextPartNumber && nextPartNumber <= MAX_PARTS;
    if (!isNext || next.nextPartNumber! <= nextPartNumber) {
      throw refusalOf({ message: `The app returned no parts from ${nextPartNumber} on.` });
    }
    page = next;
  }
  const { uploadId, complete } = authorisation;
  const answer = await sendOne(complete, uploadId, sending, true);
  if (answer.status === 404) throw gone(answer, uploadId);
  return readOutcome(uploadId, answer);
}

/** Removes the parts, which OSS would otherwise keep and charge for. */
export async function abortMultipart(
  { abort }: MultipartAuthorisation,
  { transport }: Pick<Sending, 'transport'>,
): Promise<void> {
  await transport.send({ ...abort, signal: never }).catch(() => undefined);
}

/** @returns how many bytes are sent after this page */
async function sendPage(
  page: PartsPage,
  bytesBefore: number,
  file: BlobSource,
  { uploadId, partSize }: MultipartAuthorisation,
  sending: MultipartSending,
): Promise<number> {
  const { parts } = page;
  const arrived = sending.isResumed
    ? await listArrived(page, uploadId, sending)
    : new Map<number, number>();
  const hasArrived = (part: PartAuthorisation) => arrived.get(part.partNumber) === part.sizeBytes;
  let doneBytes = bytesBefore + sum(parts.filter(hasArrived).map((part) => part.sizeBytes));
  const underWay = new Map<number, number>();
  const report = () => sending.progress.sent(doneBytes + sum([...underWay.values()]));
  report();
  const missing = parts.filter((part) => !hasArrived(part));
  await inParallel(missing, sending.parallel, async (part) => {
    const start = (part.partNumber - 1) * partSize;
    const body = file.slice(start, start + part.sizeBytes);
    await sendPart(part, body, uploadId, sending, (sentBytes) => {
      underWay.set(part.partNumber, sentBytes);
      report();
    });
    underWay.delete(part.partNumber);
    doneBytes += part.sizeBytes;
    report();
  });
  return doneBytes;
}

/** A part may be sent again: that replaces it by the same bytes. */
async function sendPart(
  { method, url, headers }: PartAuthorisation,
  file: Pick<BlobSource, 'size' | 'type'>,
  uploadId: string,
  sending: MultipartSending,
  onProgress: (sentBytes: number) => void,
): Promise<void> {
  const part = { method, url, headers, file, onProgress };
  await persistently(part, uploadId, sending);
}

/** Sizes of the parts of a page that OSS has, by number. */
async function listArrived(
  { listParts }: PartsPage,
  uploadId: string,
  sending: MultipartSending,
): Promise<Map<number, number>> {
  const { text } = await persistently(listParts, uploadId, sending);
  const parts = text.split('</Part>').map((part) => {
    const [number, size] = ['PartNumber', 'Size'].map((name) => Number(readElement(part, name)));
    return [number!, size!] as const;
  });
  return new Map(parts);
}

/** Retries a request that changes nothing. */
function persistently(
  order: Order,
  uploadId: string,
  sending: MultipartSending,
): Promise<TransportAnswer> {
  return withRetries(
    sending,
    async () => {
      const answer = await sendOne(order, uploadId, sending);
      if (answer.status !== 200) throw gone(answer, uploadId);
      return answer;
    },
    isPassing,
  );
}

/** OSS's refusal. If OSS does not know the upload, it was completed before, or aborted. */
function gone(answer: TransportAnswer, uploadId: string): OssUploadError {
  return refusal(answer, uploadId, answer.status === 404);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
