import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { publishDuration, reconciliationChannel } from '../common/channels.js';
import { withFields } from '../common/log-fields.js';
import { quoted, visible } from '../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isUuid } from '../ticket/upload-id.js';
import { EntitySql } from '../database/entity-sql.js';
import type { HandlerSlots } from '../completion/handler-slots.js';
import type { UploadAttempts } from '../completion/upload-attempts.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { RejectionRetention } from '../rejections/rejection-retention.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { InterruptedUploads } from './interrupted-uploads.js';
import type { LostUploads } from './lost-uploads.js';
import type { OverdueTickets } from './overdue-tickets.js';
import {
  countsOf,
  type ReconciledUpload,
  type ReconciliationReport,
  summaryOf,
} from './reconciliation-report.js';

/** How many objects one process asks for at once. */
const LOOKUPS_AT_ONCE = 8;
/** Rows of one statement of the housekeeping. */
const BATCH = 1_000;
/** Statements of the housekeeping in one run. */
const MAX_BATCHES = 100;
const DEFAULT_LIMIT = 1_000;
const DEFAULT_KEEP_TICKETS_SECONDS = 30 * 86_400;

export interface ReconciliationRunOptions {
  /** Only tells what a run would do. Default false. */
  dryRun?: boolean;
  /** How many tickets, and how many uploads, are taken at most. Default: the option `reconciliation.maxPerRun`. */
  limit?: number;
  /** These uploads alone, and now: also before their ticket has expired, or while a failed one pauses. */
  uploadIds?: readonly string[];
}

/**
 * Finds uploads whose callback got lost, and goes on with those that were interrupted. The module runs it from time to
 * time; any number of instances may. `run()` does it now, for example when a client tells that its upload was answered
 * with 203.
 */
export class OssUploadReconciler {
  private readonly logger = new Logger('OssCallback');
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
   * @throws what the database throws
   */
  run(options: ReconciliationRunOptions = {}): Promise<ReconciliationReport> {
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
    const run: Run = {
      dryRun,
      limit,
      uploadIds: uploadIds?.filter((id) => isUuid(id)),
      silentBuckets: new Set(),
    };
    const uploads = [...(await this.goOn(run)), ...(await this.findLost(run))];
    const report = {
      dryRun,
      uploads: lastOfEach(uploads),
      closedTickets,
      deletedRecords: changes && !uploadIds ? await this.deleteOldRecords() : 0,
      limitReached: uploads.length >= limit,
    };
    if (changes && !uploadIds && !this.isStopping) this.endedAt = new Date();
    this.log(report);
    return report;
  }

  /** Uploads that have a row. */
  private async goOn(run: Run): Promise<ReconciledUpload[]> {
    const { attempts, confirmation, interrupted, slots } = this.parts;
    const search = {
      buckets: this.buckets,
      uploadIds: run.uploadIds,
      confirmationIsOff: confirmation.isOff,
    };
    if (run.dryRun) {
      const due = await attempts.listDue({ ...search, limit: run.limit });
      return due.map((upload) => waiting(upload));
    }
    const goOnWith = (suspects: boolean) => async (some: { limit: number }) => {
      const silentBuckets = [...run.silentBuckets];
      const due = await attempts.claimDue({ ...search, ...some, silentBuckets, suspects });
      return interrupted.settleAll(due);
    };
    // A few at a time: whatever waits for a slot here, another process could have begun.
    const some = await this.takeAll(run, slots.size * 2, goOnWith(false));
    // One at a time: a handler that takes the process down must not cost others their attempts.
    const limit = run.uploadIds ? run.limit : run.limit - some.length;
    return [...some, ...(await this.takeAll({ ...run, limit }, 1, goOnWith(true)))];
  }

  /** Uploads that nobody reported. */
  private async findLost(run: Run): Promise<ReconciledUpload[]> {
    const { tickets, lost } = this.parts;
    const { dryRun, limit, uploadIds } = run;
    const buckets = this.buckets;
    const settle = async (some: readonly OssUploadTicket[]) => {
      const uploads = await this.uploadsOf(some);
      return Promise.all(
        some.map((ticket) => lost.settle(ticket, uploads.get(ticket.id), { dryRun })),
      );
    };
    if (dryRun) {
      const overdue = await tickets.list({ buckets, limit, uploadIds });
      return inTurns(overdue, LOOKUPS_AT_ONCE, settle);
    }
    return this.takeAll(run, LOOKUPS_AT_ONCE, async (some) => {
      const speaking = buckets.filter((bucket) => !run.silentBuckets.has(bucket));
      return settle(await tickets.claim({ buckets: speaking, ...some }));
    });
  }

  /** Takes some after some: what is due until nothing is, or the limit is reached; uploads that are named once each. */
  private async takeAll(
    { limit, uploadIds, silentBuckets }: Run,
    atOnce: number,
    take: (some: { limit: number; uploadIds?: readonly string[] }) => Promise<ReconciledUpload[]>,
  ): Promise<ReconciledUpload[]> {
    if (uploadIds) {
      return inTurns(uploadIds.slice(0, limit), atOnce, async (some) =>
        this.isStopping ? [] : take({ limit: some.length, uploadIds: some }),
      );
    }
    const taken: ReconciledUpload[] = [];
    while (taken.length < limit && !this.isStopping) {
      const some = await take({ limit: Math.min(atOnce, limit - taken.length) });
      if (some.length === 0) break;
      taken.push(...some);
      for (const bucket of silentAmong(some)) silentBuckets.add(bucket);
    }
    return taken;
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
    this.logger.log(`Reconciliation: ${summary}`);
    const unavailable = report.uploads.find(({ outcome }) => outcome === 'unavailable');
    if (unavailable) {
      this.logger.warn(
        visible(
          `Reconciliation could not ask the bucket ${unavailable.bucket}: ${unavailable.reason}`,
        ),
      );
    }
    for (const { uploadId, object, outcome, reason } of report.uploads) {
      if (outcome !== 'ambiguous') continue;
      const line = visible(`Upload ${uploadId} is ambiguous: ${reason ?? quoted(object)}`);
      this.logger.warn(...withFields(line, { uploadId }));
    }
  }
}

type Run = Required<Pick<ReconciliationRunOptions, 'dryRun' | 'limit'>> &
  Pick<ReconciliationRunOptions, 'uploadIds'> & {
    /** Left alone for the rest of the run: their time-outs would cost the others their turn. */
    silentBuckets: Set<string>;
  };

async function inTurns<From, To>(
  items: readonly From[],
  atOnce: number,
  work: (some: readonly From[]) => Promise<To[]>,
): Promise<To[]> {
  const done: To[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    done.push(...(await work(items.slice(start, start + atOnce))));
  }
  return done;
}

/** An upload may be due by its row and by its ticket: the later outcome counts. */
function lastOfEach(uploads: readonly ReconciledUpload[]): ReconciledUpload[] {
  return [...new Map(uploads.map((upload) => [upload.uploadId, upload])).values()];
}

/** OSS's names of the buckets that were asked and answered for none of these. */
function silentAmong(uploads: readonly ReconciledUpload[]): Set<string> {
  const of = (isSilent: boolean) =>
    uploads
      .filter(({ outcome }) => (outcome === 'unavailable') === isSilent)
      .map(({ bucket }) => bucket);
  const speaking = new Set(of(false));
  return new Set(of(true).filter((bucket) => !speaking.has(bucket)));
}

/** Statement after statement, so that none holds its locks for long. */
async function inBatches(work: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const done = await work(BATCH);
    total += done;
    if (done < BATCH) break;
  }
  return total;
}

function waiting({ id: uploadId, bucket, object, status, lastError }: OssUpload): ReconciledUpload {
  return { uploadId, bucket, object, outcome: status, reason: lastError ?? undefined };
}
