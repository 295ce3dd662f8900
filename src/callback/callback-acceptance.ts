import {
  checkClaims,
  type Confirmation,
  confirmObject,
  storageTime,
} from '../audit/object-confirmation.js';
import type { OssUpload } from '../audit/oss-upload.entity.js';
import type { TicketStore } from '../audit/ticket-store.js';
import type { UploadCompletion } from '../audit/handlers/upload-completion.js';
import type { UploadRecorder } from '../audit/upload-recorder.js';
import { OssCallbackError } from '../oss-callback.errors.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../oss-callback.options.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { CallbackExchange } from './callback-exchange.js';
import { publishStep } from './callback-steps.js';
import { unnamed } from './callback-verifier.js';

/** How much of the time for the answer the bucket may take; what is left is for the database. */
const CONFIRMATION_SHARE = 0.6;

/** Turns a verified callback into an upload: the bucket confirms it, one row records it, handlers complete it. */
export class CallbackAcceptance {
  private readonly buckets: ReadonlyMap<string, ResolvedBucket>;

  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly recorder: UploadRecorder,
    private readonly tickets: TicketStore,
    private readonly completion: UploadCompletion,
  ) {
    this.buckets = new Map([...options.buckets.values()].map((bucket) => [bucket.bucket, bucket]));
  }

  /**
   * @returns the row when the handlers are done: `completed`, or `failed` where they will be tried again; `received`
   *   where another process has it. From when the row is durable on it is also the exchange's: where the answer has to
   *   leave earlier, it leaves with that.
   * @throws OssCallbackError where the upload does not count, or not yet
   */
  async accept(exchange: CallbackExchange, callback: VerifiedCallback): Promise<OssUpload> {
    if (callback.system.object === '') throw unnamed('object');
    const confirmation = await this.excludeRivals(callback, await this.confirm(callback));
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

  /** An object without an upload id is not given to one of several uploads that may have stored it. */
  private async excludeRivals(
    { terms, system }: VerifiedCallback,
    confirmation: Confirmation,
  ): Promise<Confirmation> {
    if (confirmation.state !== 'confirmed' || !terms || terms.uploadIdPinned) return confirmation;
    const { etag, uploadId } = confirmation.facts;
    if (uploadId !== undefined) return confirmation;
    const { bucket, object } = system;
    const storedAt = storageTime(confirmation.facts);
    if (!(await this.tickets.hasRival(terms.uploadId, { bucket, object, etag, storedAt }))) {
      return confirmation;
    }
    const error = new OssCallbackError('OBJECT_MISMATCH', 'The object is not the one described.', {
      hint: `${JSON.stringify(object)} has no x-oss-meta-upload-id, and another upload to the same key may have stored it; have the client send the header that authorizeSdk names`,
    });
    return { state: 'contradicted', error };
  }

  private confirm(callback: VerifiedCallback): Promise<Confirmation> {
    const { confirmObject: whether, answerWithinMs } = this.options;
    if (whether === 'never') return Promise.resolve(checkClaims(callback));
    const signal = AbortSignal.timeout(answerWithinMs * CONFIRMATION_SHARE);
    return confirmObject(callback, this.buckets.get(callback.system.bucket)!, signal);
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
