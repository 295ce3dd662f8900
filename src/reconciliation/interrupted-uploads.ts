import type { DataSource } from 'typeorm';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { EntitySql } from '../database/entity-sql.js';
import type { UploadAttempts } from '../completion/upload-attempts.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { FoundObject } from '../recording/object-confirmation.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadReport } from '../recording/upload-row.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { toStorable } from '../common/database-text.js';
import { pauseByAge } from '../common/pauses.js';
import { describeError } from '../common/errors.js';
import { isGivenUp, PATIENCE_DAYS } from './lookup-times.js';
import type { ReconciledUpload, SettledUpload } from './reconciliation-report.js';
import { reportOfUpload } from './reported-upload.js';

const PAUSE = { firstMs: 60_000, longestMs: 3_600_000 };

/** Goes on with uploads that were recorded and not completed: handlers that failed or died, a bucket that was away. */
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

  /** @param uploads claimed by this process */
  async settleAll(uploads: readonly OssUpload[]): Promise<SettledUpload[]> {
    const tickets = await this.ticketsOf(uploads.filter((upload) => this.isUnconfirmed(upload)));
    return Promise.all(
      uploads.map(async (upload) =>
        this.isUnconfirmed(upload)
          ? this.confirm(upload, tickets.get(upload.id))
          : { upload: toReconciled(await this.completion.complete(upload)) },
      ),
    );
  }

  private isUnconfirmed({ status, confirmedAt }: OssUpload): boolean {
    return !this.confirmation.isOff && status === 'received' && confirmedAt === null;
  }

  private async ticketsOf(uploads: readonly OssUpload[]): Promise<Map<string, OssUploadTicket>> {
    const ids = uploads.map(({ id }) => id);
    const tickets = await this.tickets.findBy('id', ids);
    return new Map(tickets.map((ticket) => [ticket.id, ticket]));
  }

  private async confirm(
    upload: OssUpload,
    ticket: OssUploadTicket | undefined,
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
          : await this.record(upload, report, answer);
      return { upload: toReconciled(settled), isAnswered };
    } catch (error) {
      // What one upload fails at does not end a run: it would not get to the others.
      return { upload: await this.postpone(upload, end, describeError(error)), isAnswered };
    }
  }

  private async record(
    upload: OssUpload,
    report: UploadReport,
    found: FoundObject,
  ): Promise<OssUpload> {
    const { upload: confirmed, isLeased } = await this.recorder.confirm(upload, report, found);
    return isLeased ? this.completion.complete(confirmed) : confirmed;
  }

  private async reject(upload: OssUpload, reason: string): Promise<OssUpload> {
    const lastError = toStorable(reason);
    const rejected = { status: 'rejected', nextAttemptAt: null, lastError } as const;
    return (await this.attempts.endAttempt(upload, rejected)) ?? upload;
  }

  /** Until it is given up. */
  private async postpone(
    upload: OssUpload,
    endedAt: Date,
    reason: string,
  ): Promise<ReconciledUpload> {
    const now = new Date();
    if (!isGivenUp(endedAt, now)) {
      const waitedMs = now.getTime() - upload.receivedAt.getTime();
      const nextAttemptAt = new Date(now.getTime() + pauseByAge(waitedMs, PAUSE));
      const waiting = { nextAttemptAt, lastError: toStorable(reason) };
      const settled = (await this.attempts.endAttempt(upload, waiting)) ?? upload;
      const isOpen = this.isUnconfirmed(settled);
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
