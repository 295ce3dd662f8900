import { aborted, throwIfAborted } from '../cancellation.js';
import type { CancelSignal } from '../environment.js';
import { OssUploadError } from '../oss-upload-error.js';
import type { ProgressReport } from '../progress.js';
import type { UploadSource } from '../source.js';
import type { Transport, TransportAnswer, TransportRequest } from '../transports/transport.js';

/** What every way to upload needs. */
export interface Sending {
  file: UploadSource;
  transport: Transport;
  signal: CancelSignal;
  retries: number;
  progress: ProgressReport;
}

export type Order = Omit<TransportRequest, 'signal'>;

/**
 * Sends one request.
 * @param completes whether it completes the upload, so that a lost answer leaves the outcome unknown
 * @throws OssUploadError `NETWORK` or `ABORTED`
 */
export async function sendOne(
  order: Order,
  uploadId: string,
  { transport, signal }: Pick<Sending, 'transport' | 'signal'>,
  completes = false,
): Promise<TransportAnswer> {
  throwIfAborted(signal);
  try {
    return await transport.send({ ...order, signal });
  } catch (error) {
    const { code, message, details } = error as OssUploadError;
    if (code === undefined) throw error;
    const own = { ...details, uploadId, mayBeStored: completes && details.mayBeStored };
    throw signal.aborted ? aborted(signal, own) : new OssUploadError(code, message, own);
  }
}
