import { pause, whenOnline } from '../cancellation.js';
import type { CancelSignal } from '../environment.js';
import type { UploadOutcome } from '../oss-answer.js';
import { isPassing, OssUploadError } from '../oss-upload-error.js';
import { growingPauseMs } from '../retries.js';
import type { ControllerApi } from './controller-api.js';

/** Statuses that may still change. */
const OPEN = ['pending', 'received', 'unsaid'];

export interface Unconfirmed {
  uploadId: string;
  reason: string;
  /** Whether OSS confirmed that it stored the file. */
  isStored: boolean;
}

/**
 * Waits for the outcome of an upload whose callback failed, or whose outcome is unknown. Asks the app to look for the
 * object until its bucket has answered, then for the status, after growing pauses.
 * @returns `absent` if the app found no object of an upload whose outcome was unknown; `unconfirmed` if nothing is
 *   known in time
 * @throws OssUploadError `NOT_COMPLETED` if the app ended the upload without completing it
 */
export async function confirmUpload(
  api: ControllerApi,
  { uploadId, reason, isStored }: Unconfirmed,
  { withinMs, signal }: { withinMs: number; signal: CancelSignal },
): Promise<UploadOutcome<never> | 'absent'> {
  const end = Date.now() + withinMs;
  let hasLooked = false;
  for (let index = 0; ; index += 1) {
    const status = await read();
    if (status === 'completed') return { state: status, uploadId, answer: undefined };
    if (status === 'failed') return { state: status, uploadId };
    if (status === 'pending' && !isStored && hasLooked) return 'absent';
    if (status !== undefined && !OPEN.includes(status)) {
      throw new OssUploadError('NOT_COMPLETED', `The app ended the upload as ${status}.`, {
        uploadId,
        status,
        mayBeStored: true,
      });
    }
    const pauseMs = growingPauseMs(index);
    if (status === 'unsaid' || Date.now() + pauseMs > end) {
      return status === 'received'
        ? { state: status, uploadId }
        : { state: 'unconfirmed', uploadId, reason };
    }
    await pause(pauseMs, signal);
    await whenOnline(signal);
  }

  /** @returns undefined if the app does not answer now, `unsaid` if it refuses to */
  async function read(): Promise<string | undefined> {
    try {
      if (hasLooked) return (await api.status(uploadId)).status;
      const { status, bucketAnswered = false } = await api.reconcile(uploadId);
      hasLooked = bucketAnswered || status !== 'pending';
      return status;
    } catch (error) {
      return isPassing(error) ? undefined : 'unsaid';
    }
  }
}
