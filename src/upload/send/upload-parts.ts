import { type ListedPart, type MultipartTarget } from '../../oss-client/multipart.js';
import { requestObject } from '../../oss-client/oss-client.js';
import { normalizeEtag, ossRefusal } from '../../oss-client/oss-response.js';
import { sendWithRetries } from '../../oss-client/retry.js';
import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { Crc64 } from '../../protocol/checksum/crc64.js';
import { type FileSource, PIECE_BYTES, readPieces } from './file-source.js';
import { type PartPlan, type PartRange, partRange } from '../authorize/part-plan.js';
import { MeteredBody } from './upload-body.js';
import type { UploadProgress } from '../authorize/multipart-request.js';

/** A part that OSS has, with the checksum of the file's own bytes. */
export interface SentPart {
  partNumber: number;
  etag: string;
  sizeBytes: number;
  crc64: bigint;
}

export interface PartsToSend {
  target: MultipartTarget;
  file: FileSource;
  plan: PartPlan;
  /** Parts that OSS already has, from {@link findSentParts}. */
  sent: readonly SentPart[];
  parallel: number;
  progress: UploadProgressMeter;
  signal: AbortSignal | undefined;
}

/**
 * Sends the parts that OSS does not have, several at a time.
 * @returns all parts in order
 * @throws OssCallbackError `OSS_REFUSED` or `OSS_UNAVAILABLE`, after all requests have ended
 */
export async function sendParts(parts: PartsToSend): Promise<SentPart[]> {
  const { plan, parallel, signal } = parts;
  const sent = new Map(parts.sent.map((part) => [part.partNumber, part]));
  const numbers = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !sent.has(number)).values();
  const stop = new AbortController();
  const follow = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', follow, { once: true });
  /** Sends missing parts one after the other, with one buffer for all of them. */
  const work = async () => {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (const number of missing) {
      if (stop.signal.aborted) return;
      const range = partRange(plan, number);
      sent.set(number, await sendPart(range, parts, { buffer, signal: stop.signal }));
    }
  };
  try {
    signal?.throwIfAborted();
    const workers = Array.from({ length: Math.min(parallel, plan.partCount) }, () =>
      work().catch((error: unknown) => {
        stop.abort(error); // stops the other workers
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(workers);
    signal?.throwIfAborted();
    if (outcomes.some(({ status }) => status === 'rejected')) throw stop.signal.reason;
  } finally {
    signal?.removeEventListener('abort', follow);
  }
  return numbers.map((number) => sent.get(number)!);
}

async function sendPart(
  { partNumber, start, sizeBytes }: PartRange,
  { target, file, progress }: PartsToSend,
  { buffer, signal }: { buffer: Buffer; signal: AbortSignal },
): Promise<SentPart> {
  const { bucket, object, ossUploadId } = target;
  const query = { partNumber: String(partNumber), uploadId: ossUploadId };
  const limits = { sizeBytes, minSizeBytes: 0, maxSizeBytes: undefined };
  let crc64 = 0n;
  const sendOnce = async () => {
    const pieces = readPieces(file, start, sizeBytes, buffer);
    const body = new MeteredBody(pieces, limits, (bytes) => progress.report(partNumber, bytes));
    const answer = await requestObject({
      method: 'PUT',
      bucket,
      object,
      query,
      body,
      sizeBytes,
      isRepeatable: true,
      signal,
    });
    crc64 = body.crc64;
    const received = answer.headers['x-oss-hash-crc64ecma'];
    if (answer.status === 200 && received !== undefined && received !== String(crc64)) {
      throw new OssCallbackError('OSS_UNAVAILABLE', 'A part arrived at OSS with other bytes.', {
        hint: logText`part ${partNumber}: CRC64 ${unquoted(received)}, not ${unquoted(String(crc64))}`,
      });
    }
    return answer;
  };
  const answer = await sendWithRetries(sendOnce, { signal });
  const etag = normalizeEtag(answer.headers.etag ?? '');
  if (answer.status !== 200 || etag === '') {
    throw ossRefusal(answer, `OSS refused part ${partNumber}`);
  }
  return { partNumber, etag, sizeBytes, crc64 };
}

/** Those of OSS's parts that have the file's bytes; others are replaced. */
export async function findSentParts(
  file: FileSource,
  plan: PartPlan,
  listed: readonly ListedPart[],
  signal: AbortSignal | undefined,
): Promise<SentPart[]> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  const found: SentPart[] = [];
  for (const { partNumber, etag, sizeBytes, crc64 } of listed) {
    const isPart = Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= plan.partCount;
    if (!isPart || crc64 === undefined) continue;
    const range = partRange(plan, partNumber);
    if (range.sizeBytes !== sizeBytes) continue;
    const own = new Crc64();
    for await (const piece of readPieces(file, range.start, sizeBytes, buffer)) {
      signal?.throwIfAborted();
      own.update(piece);
    }
    if (own.digest() === crc64) found.push({ partNumber, etag, sizeBytes, crc64 });
  }
  return found;
}

/** Adds up the bytes sent of each part. A part that is sent again counts from where it broke off. */
export class UploadProgressMeter {
  private readonly byPart = new Map<number, number>();
  private sentBytes = 0;

  constructor(
    private readonly totalBytes: number,
    private readonly listener: ((progress: UploadProgress) => void) | undefined,
  ) {}

  report(partNumber: number, sentBytes: number): void {
    const before = this.byPart.get(partNumber) ?? 0;
    if (sentBytes <= before) return;
    this.byPart.set(partNumber, sentBytes);
    this.sentBytes += sentBytes - before;
    this.listener?.({ sentBytes: this.sentBytes, totalBytes: this.totalBytes });
  }
}
