import type { Confirmation } from '../recording/object-confirmation.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import type { RecordedUpload, UploadRecorder } from '../recording/upload-recorder.js';
import { OssCallbackError } from '../common/errors.js';
import { type LogText, logText, unquoted } from '../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import { publishStep } from '../common/callback-steps.js';
import { unnamed } from './verification/callback-verifier.js';
import { confirmationMs } from './time-budget.js';

/** A durable row, and how its object was confirmed. */
export interface AcceptedUpload extends RecordedUpload {
  confirmation: Confirmation;
}

/** Turns a verified callback into an upload: the bucket confirms it, one row records it, handlers complete it. */
export class CallbackAcceptance {
  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly recorder: UploadRecorder,
    private readonly confirmation: UploadConfirmation,
    private readonly completion: UploadCompletion,
  ) {}

  /**
   * Has the object confirmed.
   * @param elapsedMs since the callback arrived
   * @throws OssCallbackError `MALFORMED_BODY` if the body names no object; `DATABASE_UNAVAILABLE`
   */
  async confirm(callback: VerifiedCallback, elapsedMs: number): Promise<Confirmation> {
    if (callback.system.object === '') throw unnamed('object');
    const withinMs = confirmationMs(this.options.answerWithinMs, elapsedMs);
    const confirmation = await this.confirmation.confirm(callback, withinMs);
    if (confirmation.state === 'confirmed') publishStep(() => describe('confirmed', callback));
    return confirmation;
  }

  /**
   * Records the upload.
   * @throws OssCallbackError if the upload is not accepted, or not yet
   */
  async record(callback: VerifiedCallback, confirmation: Confirmation): Promise<AcceptedUpload> {
    const record = await this.recorder.record(callback, confirmation);
    publishStep(() => describe('recorded', callback));
    checkOutcome(record.upload, confirmation);
    return { ...record, confirmation };
  }

  /**
   * Runs the handlers, if their attempt is leased to this process.
   * @returns the row: `completed`; `failed` if the handlers will be tried again; `received` if another process runs
   *   them
   * @throws OssCallbackError `ABANDONED` if this was their last attempt
   */
  async complete(accepted: AcceptedUpload): Promise<OssUpload> {
    const { upload, isLeased, isCounted, confirmation } = accepted;
    if (!isLeased) return upload;
    const completed = await this.completion.complete(upload, isCounted);
    checkOutcome(completed, confirmation);
    return completed;
  }
}

function checkOutcome(upload: OssUpload, confirmation: Confirmation): void {
  if (upload.status === 'rejected') {
    throw new OssCallbackError(
      'TICKET_LIMITS_BROKEN',
      'The object violates the limits of its ticket.',
      { hint: lastErrorOf(upload) },
    );
  }
  if (upload.status === 'abandoned') {
    throw new OssCallbackError('ABANDONED', 'The upload could not be handled.', {
      hint: lastErrorOf(upload),
    });
  }
  if (
    upload.confirmedAt === null &&
    upload.status !== 'completed' &&
    confirmation.state === 'unavailable'
  ) {
    throw new OssCallbackError('OSS_UNAVAILABLE', 'The object could not be confirmed.', {
      hint: logText`upload ${unquoted(upload.id)} is recorded as received: ${unquoted(confirmation.reason)}`,
    });
  }
}

function lastErrorOf({ id, lastError }: OssUpload): LogText {
  return logText`upload ${unquoted(id)}: ${unquoted(lastError ?? '')}`;
}

function describe(step: 'confirmed' | 'recorded', { terms, system }: VerifiedCallback) {
  return { step, uploadId: terms?.uploadId, object: system.object };
}
