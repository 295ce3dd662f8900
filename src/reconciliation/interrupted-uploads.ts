import type { DataSource } from 'typeorm';
import { EntitySql } from '../database/entity-sql.js';
import type { UploadAttempts } from '../completion/upload-attempts.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { toStorable } from '../common/database-text.js';
import type { ReconciledUpload } from './reconciliation-report.js';
import { reportOfUpload } from './reported-upload.js';

const SHORTEST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Goes on with uploads that were recorded and not completed: handlers that failed or died, a bucket that was away. */
export class InterruptedUploads {
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
  async settleAll(uploads: readonly OssUpload[]): Promise<ReconciledUpload[]> {
    const unconfirmed = uploads.filter((upload) => this.isUnconfirmed(upload));
    const tickets = await this.ticketsOf(unconfirmed);
    return Promise.all(
      uploads.map(async (upload) => {
        const settled = this.isUnconfirmed(upload)
          ? await this.confirm(upload, tickets.get(upload.id))
          : await this.completion.complete(upload);
        return toReconciled(settled, this.isUnconfirmed(settled));
      }),
    );
  }

  isUnconfirmed({ status, confirmedAt }: OssUpload): boolean {
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
  ): Promise<OssUpload> {
    const report = reportOfUpload(upload, ticket);
    const confirmation = await this.confirmation.ask(report);
    if (confirmation.state === 'unavailable') {
      const nextAttemptAt = new Date(Date.now() + pauseMs(upload));
      const lastError = toStorable(confirmation.reason);
      return (await this.attempts.settle(upload, { nextAttemptAt, lastError })) ?? upload;
    }
    if (confirmation.state === 'contradicted') {
      const { message, hint } = confirmation.error;
      return (
        (await this.attempts.settle(upload, {
          status: 'rejected',
          nextAttemptAt: null,
          lastError: toStorable(`${message} ${hint ?? ''}`),
        })) ?? upload
      );
    }
    // `ask` skips nothing
    if (confirmation.state === 'skipped') return upload;
    const { upload: confirmed, isLeased } = await this.recorder.confirm(
      upload,
      report,
      confirmation,
    );
    return isLeased ? this.completion.complete(confirmed) : confirmed;
  }
}

/** As long again as the upload has waited. */
function pauseMs({ receivedAt }: OssUpload): number {
  const age = Date.now() - receivedAt.getTime();
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, age));
}

function toReconciled(upload: OssUpload, isUnconfirmed: boolean): ReconciledUpload {
  const { id: uploadId, bucket, object, status, lastError } = upload;
  return {
    uploadId,
    bucket,
    object,
    outcome: isUnconfirmed ? 'unavailable' : status,
    ...(lastError === null ? {} : { reason: lastError }),
  };
}
