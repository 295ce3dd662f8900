import type { DataSource } from 'typeorm';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { EntitySql } from '../database/entity-sql.js';
import type { DueRow } from '../database/fair-order.js';
import type { DueUploadsSearch, UploadAttempts } from '../completion/upload-attempts.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { FoundObject } from '../recording/object-confirmation.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadReport } from '../recording/upload-row.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { toStorable } from '../common/database-text.js';
import { MINUTE_TO_HOUR, pauseByAge } from '../common/pauses.js';
import { describeError } from '../common/errors.js';
import { isGivenUp, PATIENCE_DAYS } from './lookup-times.js';
import type { ReconciledUpload, SettledUpload } from './reconciliation-report.js';
import { reportOfUpload } from './reported-upload.js';

/** Resumes uploads that were recorded but not completed: their handlers failed or were interrupted, or their bucket was unavailable. */
export class InterruptedUploads {
  private readonly log = new Log();
  private readonly tickets: EntitySql<OssUploadTicket>;

  constructor(
    dataSource: DataSource,
    private readonly confirmation: UploadConfirmation,
    private readonly recorder: UploadRecorder,
    private readonly attempts: UploadAttempts,
    private readonly completion: UploadCompletion,
  ) {
    this.tickets = new EntitySql(dataSource, OssUploadTicket);
  }

  /** Runs the handlers of an upload once a slot is free, if it is still due and `isOver` does not hold by then. */
  async resume(
    { id, owner }: DueRow,
    search: DueUploadsSearch,
    isOver: () => boolean,
  ): Promise<SettledUpload | undefined> {
    const upload = await this.completion.retry(owner, async () =>
      isOver() ? undefined : this.attempts.leaseDue(search, id),
    );
    return upload && { upload: toReconciled(upload) };
  }

  /** As {@link resume}, for an upload that is leased to this process. */
  async complete(leased: OssUpload, isOver: () => boolean): Promise<SettledUpload | undefined> {
    const upload = await this.completion.retry(leased.owner, async () =>
      isOver() ? undefined : leased,
    );
    return upload && { upload: toReconciled(upload) };
  }

  /**
   * Looks up the object of an upload that is still due.
   * @param confirmed receives the uploads whose handlers are to run now; they are leased to this process
   */
  async confirm(
    { id }: DueRow,
    search: DueUploadsSearch,
    confirmed: OssUpload[],
  ): Promise<SettledUpload | undefined> {
    const upload = await this.attempts.leaseDue(search, id);
    return upload && this.ask(upload, await this.tickets.findOneBy('id', id), confirmed);
  }

  private async ask(
    upload: OssUpload,
    ticket: OssUploadTicket | undefined,
    confirmed: OssUpload[],
  ): Promise<SettledUpload> {
    const report = reportOfUpload(upload, ticket);
    const end = ticket?.acceptUntil ?? upload.receivedAt;
    let isAnswered: boolean | undefined;
    try {
      const answer = await this.confirmation.ask(report);
      isAnswered = answer.state !== 'unavailable';
      if (answer.state === 'unavailable') {
        return { upload: await this.postpone(upload, end, answer.reason), isAnswered };
      }
      const settled =
        answer.state === 'contradicted'
          ? await this.reject(upload, describeError(answer.error))
          : await this.record(upload, report, answer, confirmed);
      return { upload: toReconciled(settled), isAnswered };
    } catch (error) {
      // An error with one upload must not keep the run from the others.
      return { upload: await this.postpone(upload, end, describeError(error)), isAnswered };
    }
  }

  private async record(
    upload: OssUpload,
    report: UploadReport,
    found: FoundObject,
    confirmed: OssUpload[],
  ): Promise<OssUpload> {
    const { upload: recorded, isLeased } = await this.recorder.confirm(upload, report, found);
    if (isLeased) confirmed.push(recorded);
    return recorded;
  }

  private async reject(upload: OssUpload, reason: string): Promise<OssUpload> {
    const lastError = toStorable(reason);
    const rejected = { status: 'rejected', nextAttemptAt: null, lastError } as const;
    return (await this.attempts.endAttempt(upload, rejected)) ?? upload;
  }

  /** Postpones the next look, or abandons the upload if its bucket has been unavailable for too long. */
  private async postpone(
    upload: OssUpload,
    endedAt: Date,
    reason: string,
  ): Promise<ReconciledUpload> {
    const now = new Date();
    if (!isGivenUp(endedAt, now)) {
      const waitedMs = now.getTime() - upload.receivedAt.getTime();
      const nextAttemptAt = new Date(now.getTime() + pauseByAge(waitedMs, MINUTE_TO_HOUR));
      const waiting = { nextAttemptAt, lastError: toStorable(reason) };
      const settled = (await this.attempts.endAttempt(upload, waiting)) ?? upload;
      const isOpen = settled.status === 'received' && settled.confirmedAt === null;
      return { ...toReconciled(settled), ...(isOpen ? { outcome: 'unavailable' } : {}) };
    }
    const why = `its object could not be confirmed until ${PATIENCE_DAYS} days after the upload had ended: ${reason}`;
    const lost = { status: 'abandoned', nextAttemptAt: null, lastError: toStorable(why) } as const;
    const settled = await this.attempts.endAttempt(upload, lost);
    if (settled) {
      this.log.error(
        logText`Upload ${unquoted(upload.id)} is ABANDONED after ${PATIENCE_DAYS} days: ${unquoted(lost.lastError)}. It is not tried again; its row in the table of uploads keeps the reason.`,
        { uploadId: upload.id, requestId: upload.requestId },
      );
    }
    return toReconciled(settled ?? upload);
  }
}

function toReconciled(upload: OssUpload): ReconciledUpload {
  const { id: uploadId, bucket, object, status: outcome, lastError } = upload;
  return {
    uploadId,
    bucket,
    object,
    outcome,
    ...(lastError === null ? {} : { reason: lastError }),
  };
}
