import { publishDuration, reconciliationChannel } from '../common/channels.js';
import { OssCallbackError } from '../common/errors.js';
import { Log } from '../common/log.js';
import { logText, type LogText, quoted, shown, unquoted } from '../common/log-text.js';
import { Semaphore } from '../common/semaphore.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isUuid } from '../ticket/upload-id.js';
import type { RejectionRetention } from '../rejections/rejection-retention.js';
import type { DueUploads } from './due-uploads.js';
import type { OverdueTickets } from './overdue-tickets.js';
import {
  countsOf,
  lastOfEach,
  type ReconciliationReport,
  summaryOf,
} from './reconciliation-report.js';
import { ReconciliationRun } from './reconciliation-run.js';

/** How many runs that name their uploads may be active at once; they wait for handlers. */
const NAMED_RUNS_AT_ONCE = 16;
const MAX_DELETED_REJECTIONS = 100_000;
const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 1_000_000;
const DEFAULT_KEEP_TICKETS_SECONDS = 30 * 86_400;

/**
 * Options of `OssUploadReconciler.run`.
 * @category Reconciliation
 */
export interface ReconciliationRunOptions {
  /** Whether to change nothing, and only report what a run would do. Default: false. */
  dryRun?: boolean;
  /**
   * The most uploads of each kind to handle, 1 to 1,000,000: lost ones, unconfirmed ones, and those whose handlers were
   * interrupted. Default: the option `reconciliation.maxPerRun`.
   */
  limit?: number;
  /**
   * Upload ids: handle only these, even before their ticket has expired. A failed one is not retried before its pause
   * has ended, so that callers cannot use up its attempts. Default: all that are due.
   */
  uploadIds?: readonly string[];
}

/**
 * Finds uploads whose callback was lost, and resumes those that were interrupted. The module runs it at regular intervals,
 * in any number of instances. `run()` does it now, for example when a client reports that OSS responded to its upload with
 * 203.
 * @category Reconciliation
 */
export class OssUploadReconciler {
  private readonly lines = new Log();
  private readonly turns = new Semaphore(1);
  /** Apart from the others: the handlers of a named upload may take long, and must not delay them. */
  private readonly namedTurns = new Semaphore(NAMED_RUNS_AT_ONCE);
  private settled: Promise<void> = Promise.resolve();
  private isStopping = false;
  private endedAt: Date | undefined;

  /** @internal */
  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly parts: {
      due: DueUploads;
      tickets: OverdueTickets;
      rejections: RejectionRetention;
    },
  ) {}

  /**
   * Runs once. A second call in the same process waits for the first, unless it names its uploads.
   * @throws OssCallbackError `INVALID_FILTER` if `limit` is invalid; errors of the database
   */
  async run(options: ReconciliationRunOptions = {}): Promise<ReconciliationReport> {
    checkLimit(options.limit);
    const { dryRun = false } = options;
    const turns = options.uploadIds ? this.namedTurns : this.turns;
    return turns.run(() =>
      dryRun
        ? this.runNow(dryRun, options)
        : publishDuration(
            reconciliationChannel,
            () => this.runNow(dryRun, options),
            (durationMs, report) => ({
              ok: report !== undefined,
              durationMs,
              outcomes: report ? countsOf(report) : {},
            }),
          ),
    );
  }

  /**
   * When the last run of this process ended, except dry runs and runs with `uploadIds`; `undefined` before the first.
   */
  get lastRunAt(): Date | undefined {
    return this.endedAt;
  }

  /**
   * Ends active runs at their next step, and waits for what they have started. Later calls of `run` are not affected.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all([this.turns.whenIdle(), this.namedTurns.whenIdle()]);
    await this.settled;
    this.isStopping = false;
  }

  private get defaultLimit(): number {
    return (this.options.reconciliation || { maxPerRun: DEFAULT_LIMIT }).maxPerRun;
  }

  private async runNow(
    dryRun: boolean,
    { limit = this.defaultLimit, uploadIds }: ReconciliationRunOptions,
  ): Promise<ReconciliationReport> {
    const { tickets } = this.parts;
    const changes = !dryRun;
    const closedTickets = changes ? await tickets.closeCompleted() : 0;
    const run = new ReconciliationRun({
      dryRun,
      uploadIds: uploadIds?.filter((id) => isUuid(id)).slice(0, limit),
      isStopping: () => this.isStopping,
    });
    const results = await Promise.allSettled(this.parts.due.settle(run, limit));
    this.settled = Promise.all([this.settled, run.whenSettled()]).then(() => undefined);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const byKind = results.map((result) => (result.status === 'fulfilled' ? result.value : []));
    const report = {
      dryRun,
      uploads: lastOfEach(byKind.flat()),
      closedTickets,
      deletedRecords: changes && !uploadIds ? await this.deleteOldRecords() : 0,
      limitReached: run.isCutShort || byKind.some(({ length }) => length >= limit),
    };
    if (changes && !uploadIds && !this.isStopping) this.endedAt = new Date();
    this.log(report);
    return report;
  }

  private async deleteOldRecords(): Promise<number> {
    const { tickets, rejections } = this.parts;
    const { keepTicketsForSeconds } = this.options.reconciliation || {
      keepTicketsForSeconds: DEFAULT_KEEP_TICKETS_SECONDS,
    };
    const before = new Date(Date.now() - keepTicketsForSeconds * 1_000);
    return (
      (await tickets.deleteClosed(before)) +
      (await rejections.deleteExpired(MAX_DELETED_REJECTIONS))
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
      const id = unquoted(uploadId);
      const why = reason === undefined ? quoted(object) : unquoted(reason);
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
    `OssUploadReconciler: "limit" is ${shown(limit)}, not a whole number from 1 to ${MAX_LIMIT}.`,
  );
}
