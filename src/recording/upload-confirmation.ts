import { OssCallbackError } from '../common/errors.js';
import {
  confirmationChannel,
  type OssConfirmationMessage,
  publishDuration,
} from '../common/channels.js';
import { BucketStorageClasses } from '../oss-client/bucket-storage-classes.js';
import { logText, quoted } from '../common/log-text.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../options/resolved.js';
import {
  type BucketAnswer,
  checkClaims,
  type Confirmation,
  confirmObject,
  storageTime,
} from './object-confirmation.js';
import type { TicketStore } from './ticket-store.js';
import type { UploadReport } from './upload-row.js';

type Claims = Pick<UploadReport, 'system' | 'terms'>;

/** The time limit of a lookup that no callback's answer waits for. */
const PATIENT_LOOKUP_MS = 10_000;

/** Confirms that the object of a report exists and came from its upload. */
export class UploadConfirmation {
  /** By OSS's name. */
  private readonly buckets: ReadonlyMap<string, ResolvedBucket>;
  private readonly storageClasses = new BucketStorageClasses();

  constructor(
    private readonly options: Pick<ResolvedOssCallbackOptions, 'buckets' | 'confirmObject'>,
    private readonly tickets: TicketStore,
  ) {
    this.buckets = new Map([...options.buckets.values()].map((bucket) => [bucket.bucket, bucket]));
  }

  /** Whether the option `confirmObject` is `'never'`. */
  get isOff(): boolean {
    return this.options.confirmObject === 'never';
  }

  /**
   * Queries the bucket, unless `confirmObject` is `'never'`.
   * @param withinMs how long OSS may take
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`
   */
  confirm(claims: Claims, withinMs: number): Promise<Confirmation> {
    return this.isOff ? Promise.resolve(checkClaims(claims)) : this.ask(claims, { withinMs });
  }

  /**
   * As {@link confirm}, but always queries the bucket.
   * @param how `despiteRivals`: also confirms an object that another upload may have stored
   */
  async ask(
    claims: Claims,
    { withinMs = PATIENT_LOOKUP_MS, despiteRivals = false } = {},
  ): Promise<BucketAnswer> {
    const bucket = this.buckets.get(claims.system.bucket);
    if (!bucket) {
      const reason = `the bucket ${quoted(claims.system.bucket).text} is not among the option "buckets"`;
      return { state: 'unavailable', reason };
    }
    const endsAtMs = performance.now() + withinMs;
    return publishDuration(
      confirmationChannel,
      async () => {
        const answer = await confirmObject(claims, bucket, this.storageClasses, endsAtMs);
        return despiteRivals ? answer : this.excludeRivals(claims, answer);
      },
      (durationMs, asked) => ({
        state: stateOf(asked),
        durationMs,
        uploadId: claims.terms?.uploadId,
      }),
    );
  }

  /** Rejects an object without an upload id if several uploads may have stored it. */
  private async excludeRivals(
    { terms, system }: Claims,
    confirmation: BucketAnswer,
  ): Promise<BucketAnswer> {
    if (confirmation.state !== 'confirmed' || !terms || terms.uploadIdPinned) return confirmation;
    const { etag, uploadId } = confirmation.facts;
    if (uploadId !== undefined) return confirmation;
    const { bucket, object } = system;
    const storedAt = storageTime(confirmation.facts);
    if (!(await this.tickets.hasRival(terms.uploadId, { bucket, object, etag, storedAt }))) {
      return confirmation;
    }
    const error = new OssCallbackError('OBJECT_MISMATCH', 'The object is not the one described.', {
      hint: logText`${quoted(object)} has no x-oss-meta-upload-id, and another upload to the same key may have stored it; have the client send the header that authorizeSdk names`,
    });
    return { state: 'contradicted', error, isAmbiguous: true };
  }
}

/** There is no result if the database failed. */
function stateOf(asked: BucketAnswer | undefined): OssConfirmationMessage['state'] {
  return asked?.state ?? 'error';
}
