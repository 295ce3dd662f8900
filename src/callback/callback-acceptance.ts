import type { Confirmation } from '../recording/object-confirmation.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { OssCallbackError } from '../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { CallbackExchange } from './capture/callback-exchange.js';
import { publishStep } from '../common/callback-steps.js';
import { unnamed } from './verification/callback-verifier.js';
import { confirmationMs } from './time-budget.js';

/** Turns a verified callback into an upload: the bucket confirms it, one row records it, handlers complete it. */
export class CallbackAcceptance {
  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly recorder: UploadRecorder,
    private readonly confirmation: UploadConfirmation,
    private readonly completion: UploadCompletion,
  ) {}

  /**
   * @returns the row when the handlers are done: `completed`, or `failed` where they will be tried again; `received`
   *   where another process has it. From when the row is durable on it is also the exchange's: where the answer has to
   *   leave earlier, it leaves with that.
   * @throws OssCallbackError where the upload does not count, or not yet
   */
  async accept(exchange: CallbackExchange, callback: VerifiedCallback): Promise<OssUpload> {
    if (callback.system.object === '') throw unnamed('object');
    const confirmation = await this.confirm(exchange, callback);
    if (confirmation.state === 'confirmed') publishStep(() => describe('confirmed', callback));
    const { upload, isLeased } = await this.recorder.record(callback, confirmation);
    publishStep(() => describe('recorded', callback));
    checkOutcome(upload, confirmation);
    exchange.upload = upload;
    if (!isLeased) return upload;
    exchange.upload = await this.completion.complete(upload);
    checkOutcome(exchange.upload, confirmation);
    return exchange.upload;
  }

  private confirm(exchange: CallbackExchange, callback: VerifiedCallback): Promise<Confirmation> {
    const { answerWithinMs } = this.options;
    return this.confirmation.confirm(callback, confirmationMs(answerWithinMs, exchange.elapsedMs));
  }
}

function checkOutcome(upload: OssUpload, confirmation: Confirmation): void {
  const hint = `upload ${upload.id}: ${upload.lastError ?? ''}`;
  if (upload.status === 'rejected') {
    throw new OssCallbackError('TICKET_LIMITS_BROKEN', 'The object breaks its ticket.', { hint });
  }
  if (upload.status === 'abandoned') {
    throw new OssCallbackError('ABANDONED', 'The upload could not be handled.', { hint });
  }
  if (
    upload.confirmedAt === null &&
    upload.status !== 'completed' &&
    confirmation.state === 'unavailable'
  ) {
    throw new OssCallbackError('OSS_UNAVAILABLE', 'The object could not be confirmed now.', {
      hint: `upload ${upload.id} is recorded as received: ${confirmation.reason}`,
    });
  }
}

function describe(step: 'confirmed' | 'recorded', { terms, system }: VerifiedCallback) {
  return { step, uploadId: terms?.uploadId, object: system.object };
}
