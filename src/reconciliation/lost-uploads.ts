import { toStorable } from '../common/database-text.js';
import { describeError, OssCallbackError } from '../common/errors.js';
import { logText, unquoted } from '../common/log-text.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import {
  type BucketAnswer,
  type FoundObject,
  storageTime,
} from '../recording/object-confirmation.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { isGivenUp, isPast, nextLookupOf } from './lookup-times.js';
import type { OverdueTickets } from './overdue-tickets.js';
import type { ReconciliationOutcome, SettledUpload } from './reconciliation-report.js';
import { reportOfTicket } from './reported-upload.js';

interface Finding {
  outcome: ReconciliationOutcome;
  reason?: string;
  /** Whether the bucket answered; absent if it was not asked. */
  isAnswered?: boolean;
}

/** Looks for the object of an upload that was not reported, and records it as its callback would have. */
export class LostUploads {
  constructor(
    private readonly confirmation: UploadConfirmation,
    private readonly recorder: UploadRecorder,
    private readonly completion: UploadCompletion,
    private readonly tickets: OverdueTickets,
  ) {}

  /**
   * @param ticket leased to this process
   * @param upload its existing row, if any; not completed
   */
  async settle(
    ticket: OssUploadTicket,
    upload: OssUpload | undefined,
    { dryRun }: { dryRun: boolean },
  ): Promise<SettledUpload> {
    const now = new Date();
    const { isAnswered, reason, ...found } = await this.tryToFind(ticket, upload, now, dryRun);
    const isLost = found.outcome === 'unavailable' && isGivenUp(ticket.acceptUntil, now);
    const outcome = isLost ? 'unresolved' : found.outcome;
    if (!dryRun) await this.settleTicket(ticket, outcome, now);
    const { id: uploadId, bucket, object } = ticket;
    return { upload: { uploadId, bucket, object, outcome, reason }, isAnswered };
  }

  /**
   * Records the upload although another may have stored its object, as a person decided.
   * @param ticket leased to this process
   * @throws OssCallbackError `OSS_UNAVAILABLE` if the bucket does not answer; `OBJECT_MISSING` or `OBJECT_MISMATCH` if it
   *   has no such object
   */
  async accept(ticket: OssUploadTicket): Promise<void> {
    const confirmation = await this.confirmation.ask(reportOfTicket(ticket), {
      despiteRivals: true,
    });
    if (confirmation.state === 'contradicted') throw confirmation.error;
    if (confirmation.state === 'unavailable') {
      throw new OssCallbackError('OSS_UNAVAILABLE', 'The bucket could not be reached.', {
        hint: logText`${unquoted(confirmation.reason)}`,
      });
    }
    const { outcome } = await this.record(ticket, confirmation);
    await this.settleTicket(ticket, outcome, new Date());
  }

  /** An error with one upload must not keep the run from the others. */
  private async tryToFind(...of: Parameters<LostUploads['find']>): Promise<Finding> {
    try {
      return await this.find(...of);
    } catch (error) {
      return { outcome: 'unavailable', reason: toStorable(describeError(error)) };
    }
  }

  private async find(
    ticket: OssUploadTicket,
    upload: OssUpload | undefined,
    now: Date,
    dryRun: boolean,
  ): Promise<Finding> {
    // A rejected upload may have been corrected; the others are resumed by their rows.
    if (upload && upload.status !== 'rejected') {
      const { status, lastError } = upload;
      return { outcome: status, reason: lastError ?? undefined };
    }
    const confirmation = await this.confirmation.ask(reportOfTicket(ticket));
    if (confirmation.state === 'unavailable') {
      return { outcome: 'unavailable', reason: confirmation.reason, isAnswered: false };
    }
    return { ...(await this.judge(ticket, confirmation, now, dryRun)), isAnswered: true };
  }

  private async judge(
    ticket: OssUploadTicket,
    confirmation: Exclude<BucketAnswer, { state: 'unavailable' }>,
    now: Date,
    dryRun: boolean,
  ): Promise<Finding> {
    const nothing: Finding = { outcome: isPast(ticket, now) ? 'expired' : 'pending' };
    if (confirmation.state === 'contradicted') {
      const reason = confirmation.error.hint;
      return confirmation.isAmbiguous ? { outcome: 'ambiguous', reason } : { ...nothing, reason };
    }
    if (isTooLate(ticket, confirmation)) {
      return { ...nothing, reason: 'the object was stored after the ticket had ended' };
    }
    return dryRun ? foreseen(confirmation) : this.record(ticket, confirmation);
  }

  private async record(ticket: OssUploadTicket, confirmation: FoundObject): Promise<Finding> {
    try {
      const report = reportOfTicket(ticket);
      const { upload, isLeased } = await this.recorder.record(report, confirmation);
      const completed = isLeased && (await this.completion.retry(upload.owner, async () => upload));
      const { status, lastError } = completed || upload;
      return { outcome: status, reason: lastError ?? undefined };
    } catch (error) {
      // Its callback has arrived meanwhile, with a different object.
      if (error instanceof OssCallbackError && error.code === 'TICKET_USED') {
        return { outcome: 'received', reason: error.hint };
      }
      throw error;
    }
  }

  private async settleTicket(
    ticket: OssUploadTicket,
    outcome: ReconciliationOutcome,
    now: Date,
  ): Promise<void> {
    const isFinal = isPast(ticket, now);
    // Until the ticket expires, its own upload may still arrive.
    const isAmbiguous = outcome === 'ambiguous' && ticket.expiresAt <= now;
    if (outcome === 'completed' || outcome === 'expired' || isAmbiguous) {
      await this.tickets.close(ticket.id, outcome);
    } else if (isFinal && (outcome === 'rejected' || outcome === 'abandoned')) {
      await this.tickets.close(ticket.id, 'expired');
    } else if (isGivenUp(ticket.acceptUntil, now) && !isUnfinished(outcome)) {
      await this.tickets.close(ticket.id, 'unresolved');
    } else {
      const isAnswered = outcome !== 'unavailable';
      await this.tickets.lookAgain(ticket.id, nextLookupOf(ticket, now, isAnswered));
    }
  }
}

/** Of a row that has yet to end; its ticket ends after it. */
function isUnfinished(outcome: ReconciliationOutcome): boolean {
  return outcome === 'received' || outcome === 'failed';
}

function isTooLate({ acceptUntil }: OssUploadTicket, { facts }: FoundObject): boolean {
  const storedAt = facts && storageTime(facts);
  return storedAt !== undefined && storedAt > acceptUntil;
}

function foreseen(confirmation: FoundObject): Finding {
  return confirmation.state === 'broken'
    ? { outcome: 'rejected', reason: confirmation.problem }
    : { outcome: 'completed' };
}
