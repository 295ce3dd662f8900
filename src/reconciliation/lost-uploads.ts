import { OssCallbackError } from '../common/errors.js';
import type { UploadCompletion } from '../completion/upload-completion.js';
import { type FoundObject, storageTime } from '../recording/object-confirmation.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { UploadRecorder } from '../recording/upload-recorder.js';
import { isPast, nextLookupOf, type OverdueTickets } from './overdue-tickets.js';
import type { ReconciledUpload, ReconciliationOutcome } from './reconciliation-report.js';
import { reportOfTicket } from './reported-upload.js';

type Finding = { outcome: ReconciliationOutcome; reason?: string };

/** Looks for the object of a ticket that nobody reported, and records it as its callback would have. */
export class LostUploads {
  constructor(
    private readonly confirmation: UploadConfirmation,
    private readonly recorder: UploadRecorder,
    private readonly completion: UploadCompletion,
    private readonly tickets: OverdueTickets,
  ) {}

  /**
   * @param ticket claimed by this process
   * @param upload the row that there is already, of an upload that is not completed
   */
  async settle(
    ticket: OssUploadTicket,
    upload: OssUpload | undefined,
    { dryRun }: { dryRun: boolean },
  ): Promise<ReconciledUpload> {
    const now = new Date();
    const finding = await this.find(ticket, upload, now, dryRun);
    if (!dryRun) await this.settleTicket(ticket, finding.outcome, now);
    const { id: uploadId, bucket, object } = ticket;
    return { uploadId, bucket, object, ...finding };
  }

  private async find(
    ticket: OssUploadTicket,
    upload: OssUpload | undefined,
    now: Date,
    dryRun: boolean,
  ): Promise<Finding> {
    // A rejected upload may have been made good; the others are taken up by their rows.
    if (upload && upload.status !== 'rejected') {
      const { status, lastError } = upload;
      return { outcome: status, reason: lastError ?? undefined };
    }
    const nothing: Finding = { outcome: isPast(ticket, now) ? 'expired' : 'pending' };
    const confirmation = await this.confirmation.ask(reportOfTicket(ticket));
    if (confirmation.state === 'skipped') return nothing;
    if (confirmation.state === 'unavailable') {
      return { outcome: 'unavailable', reason: confirmation.reason };
    }
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
      const { status, lastError } = isLeased ? await this.completion.complete(upload) : upload;
      return { outcome: status, reason: lastError ?? undefined };
    } catch (error) {
      // Its callback came meanwhile, with another object.
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
    // Before a ticket has expired, its own upload may still come.
    const isAmbiguous = outcome === 'ambiguous' && ticket.expiresAt <= now;
    if (outcome === 'completed' || outcome === 'expired' || isAmbiguous) {
      await this.tickets.close(ticket.id, outcome);
    } else if (isFinal && (outcome === 'rejected' || outcome === 'abandoned')) {
      await this.tickets.close(ticket.id, 'expired');
    } else {
      await this.tickets.lookAgain(ticket.id, nextLookupOf(ticket, now));
    }
  }
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
