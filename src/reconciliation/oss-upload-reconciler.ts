import type { DataSource } from 'typeorm';
import { publishDuration, reconciliationChannel } from '../common/channels.js';
import { OssCallbackError } from '../common/errors.js';
import { Log } from '../common/log.js';
import { logText, type LogText, quoted, unquoted } from '../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isUuid } from '../ticket/upload-id.js';
import { EntitySql } from '../database/entity-sql.js';
import type { HandlerSlots } from '../completion/handler-slots.js';
import type { UploadAttempts } from '../completion/upload-attempts.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { RejectionRetention } from '../rejections/rejection-retention.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import { inBatches } from './in-batches.js';
import type { InterruptedUploads } from './interrupted-uploads.js';
import type { LostUploads } from './lost-uploads.js';
import { forgottenBefore } from './lookup-times.js';
import type { OverdueTickets } from './overdue-tickets.js';
import {
  countsOf,
  lastOfEach,
  type ReconciledUpload,
  type ReconciliationReport,
  summaryOf,
} from './reconciliation-report.js';
import { ReconciliationRun } from './reconciliation-run.js';

/** How many objects one process asks for at once. */
const LOOKUPS_AT_ONCE = 8;
const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 1_000_000;
const DEFAULT_KEEP_TICKETS_SECONDS = 30 * 86_400;

export interface ReconciliationRunOptions {
  /** Only tells what a run would do. Default false. */
  dryRun?: boolean;
  /**
   * How many tickets, and how many uploads, are taken at most, 1 to 1,000,000. Default: the option
   * `reconciliation.maxPerRun`.
   */
  limit?: number;
  /**
   * These uploads alone, and now: also before their ticket has expired. A failed one still has to wait until its pause is
   * over, so that whoever may ask for this cannot use up its attempts.
   */
  uploadIds?: readonly string[];
}

/**
 * Finds uploads whose callback got lost, and goes on with those that were interrupted. The module runs it from time to
 * time; any number of instances may. `run()` does it now, for example when a client tells that its upload was answered
 * with 203.
 */
export class OssUploadReconciler {
  private readonly lines = new Log();
  /** OSS's names. */
  private readonly buckets: readonly string[];
  private readonly uploads: EntitySql<OssUpload>;
  private last: Promise<unknown> = Promise.resolve();
  private isStopping = false;
  private endedAt: Date | undefined;

  constructor(
    dataSource: DataSource,
    private readonly options: ResolvedOssCallbackOptions,
    private readonly parts: {
      attempts: UploadAttempts;
      slots: HandlerSlots;
      confirmation: UploadConfirmation;
      tickets: OverdueTickets;
      lost: LostUploads;
      interrupted: InterruptedUploads;
      rejections: RejectionRetention;
    },
  ) {
    this.uploads = new EntitySql(dataSource, OssUpload);
    this.buckets = [...options.buckets.values()].map(({ bucket }) => bucket);
  }

  /**
   * One run; a second call of the same process waits for the first.
   * @throws OssCallbackError `INVALID_FILTER` where `limit` is none; what the database throws
   */
  async run(options: ReconciliationRunOptions = {}): Promise<ReconciliationReport> {
    checkLimit(options.limit);
    const turn = this.last.then(() =>
      options.dryRun
        ? this.runNow(options)
        : publishDuration(
            reconciliationChannel,
            () => this.runNow(options),
            (durationMs, report) => ({
              ok: report !== undefined,
              durationMs,
              outcomes: report ? countsOf(report) : {},
            }),
          ),
    );
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** When the last run of this process came to its end that was neither dry nor for some uploads alone. */
  get lastRunAt(): Date | undefined {
    return this.endedAt;
  }

  /** Ends a run that is under way at its next step, and waits for that. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.last;
    this.isStopping = false;
  }

  private async runNow({
    dryRun = false,
    limit = (this.options.reconciliation || { maxPerRun: DEFAULT_LIMIT }).maxPerRun,
    uploadIds,
  }: ReconciliationRunOptions): Promise<ReconciliationReport> {
    const { tickets } = this.parts;
    const changes = !dryRun;
    const closedTickets = changes ? await inBatches((batch) => tickets.closeCompleted(batch)) : 0;
    const run = new ReconciliationRun({
      dryRun,
      uploadIds: uploadIds?.filter((id) => isUuid(id)),
      isStopping: () => this.isStopping,
    });
    const uploads = [...(await this.goOn(run, limit)), ...(await this.findLost(run, limit))];
    const report = {
      dryRun,
      uploads: lastOfEach(uploads),
      closedTickets,
      deletedRecords: changes && !uploadIds ? await this.deleteOldRecords() : 0,
      limitReached: run.isCutShort || uploads.length >= limit,
    };
    if (changes && !uploadIds && !this.isStopping) this.endedAt = new Date();
    this.log(report);
    return report;
  }

  /** Uploads that have a row. */
  private async goOn(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]> {
    const { attempts, confirmation, interrupted, slots } = this.parts;
    const search = (suspects?: boolean) => ({
      buckets: this.buckets,
      silentBuckets: run.silentBuckets,
      forgottenBefore: forgottenBefore(new Date()),
      confirmationIsOff: confirmation.isOff,
      alsoWaiting: run.isOfNamed,
      suspects,
    });
    if (run.dryRun) {
      return run.take(limit, {
        atOnce: limit,
        find: (atMost) => attempts.findDue(search(), atMost),
        settle: async (ids) =>
          (await attempts.readDue(search(), ids)).map((upload) => ({ upload: waiting(upload) })),
      });
    }
    const goOnWith = (suspects: boolean, atOnce: number) => ({
      atOnce,
      find: (atMost: number) => attempts.findDue(search(suspects), atMost),
      settle: async (ids: readonly string[]) =>
        interrupted.settleAll(await attempts.claimDue(search(suspects), ids)),
    });
    // A few at a time: whatever waits for a slot here, another process could have begun.
    const some = await run.take(limit, goOnWith(false, slots.size * 2));
    // One at a time: a handler that takes the process down must not cost others their attempts.
    const left = run.isOfNamed ? limit : limit - some.length;
    return [...some, ...(await run.take(left, goOnWith(true, 1)))];
  }

  /** Uploads that nobody reported. */
  private findLost(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]> {
    const { tickets, lost } = this.parts;
    const { dryRun } = run;
    const search = () => ({
      buckets: this.buckets,
      silentBuckets: run.silentBuckets,
      forgottenBefore: forgottenBefore(new Date()),
      alsoEarly: run.isOfNamed,
    });
    return run.take(limit, {
      atOnce: LOOKUPS_AT_ONCE,
      find: (atMost) => tickets.findOverdue(search(), atMost),
      settle: async (ids) => {
        const some = await (dryRun ? tickets.read(search(), ids) : tickets.claim(search(), ids));
        const uploads = await this.uploadsOf(some);
        return Promise.all(
          some.map((ticket) => lost.settle(ticket, uploads.get(ticket.id), { dryRun })),
        );
      },
    });
  }

  private async uploadsOf(tickets: readonly OssUploadTicket[]): Promise<Map<string, OssUpload>> {
    const ids = tickets.map(({ id }) => id);
    const uploads = await this.uploads.findBy('id', ids);
    return new Map(uploads.map((upload) => [upload.id, upload]));
  }

  private async deleteOldRecords(): Promise<number> {
    const { tickets, rejections } = this.parts;
    const { keepTicketsForSeconds } = this.options.reconciliation || {
      keepTicketsForSeconds: DEFAULT_KEEP_TICKETS_SECONDS,
    };
    const before = new Date(Date.now() - keepTicketsForSeconds * 1_000);
    return (
      (await inBatches((batch) => tickets.deleteClosed(before, batch))) +
      (await inBatches((batch) => rejections.deleteExpired(batch)))
    );
  }

  private log(report: ReconciliationReport): void {
    const summary = summaryOf(report);
    if (report.dryRun || summary === '') return;
    this.lines.log(logText`Reconciliation: ${unquoted(summary)}`);
    const [first, ...others] = report.uploads.filter(({ outcome }) => outcome === 'unavailable');
    if (first) {
      const { uploadId, bucket, reason = '' } = first;
      this.warn(
        uploadId,
        logText`Reconciliation could not settle ${others.length + 1} of its uploads, the first in the bucket ${unquoted(bucket)}: ${unquoted(reason)}`,
      );
    }
    for (const { uploadId, object, outcome, reason } of report.uploads) {
      const [id, why] = [
        unquoted(uploadId),
        reason === undefined ? quoted(object) : unquoted(reason),
      ];
      if (outcome === 'ambiguous') this.warn(uploadId, logText`Upload ${id} is ambiguous: ${why}`);
      if (outcome === 'unresolved')
        this.warn(uploadId, logText`Upload ${id} is unresolved: ${why}`);
    }
  }

  private warn(uploadId: string, line: LogText): void {
    this.lines.warn(line, { uploadId });
  }
}

function checkLimit(limit: number | undefined): void {
  if (limit === undefined) return;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return;
  throw new OssCallbackError(
    'INVALID_FILTER',
    `OssUploadReconciler: "limit" is ${quoted(String(limit)).text}, not a whole number from 1 to ${MAX_LIMIT}.`,
  );
}

function waiting({ id: uploadId, bucket, object, status, lastError }: OssUpload): ReconciledUpload {
  return { uploadId, bucket, object, outcome: status, reason: lastError ?? undefined };
}
