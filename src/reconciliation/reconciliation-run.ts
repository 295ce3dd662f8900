import { describeError } from '../common/errors.js';
import { isConflict, isErrorOfOneRow } from '../database/database-error.js';
import type { DueRow } from '../database/fair-order.js';
import type { RefusedRows } from '../database/refused-rows.js';
import { takeTurns } from './take-turns.js';
import type { ReconciledUpload, SettledUpload } from './reconciliation-report.js';
import { UnreachableBuckets } from './unreachable-buckets.js';

/**
 * How long one kind of work may take in a run. Then the run ends without the handlers that are still running, so that
 * handlers that hang do not delay the next run.
 */
const LONGEST_WORK_MS = 120_000;

/** One kind of work of a run. */
export interface ReconciliationWork<Row extends DueRow = DueRow> {
  /** How many rows are settled at the same time; at most half of them are of one owner. */
  atOnce: number;
  /** Finds due rows, at most `limit`, in the order in which to settle them. */
  find: (limit: number) => Promise<readonly Row[]>;
  /**
   * Settles a row if it is still due: meanwhile another process may have leased it.
   * @param isOver whether nothing is to be started any more
   */
  settle: (row: Row, isOver: () => boolean) => Promise<SettledUpload | undefined>;
  /** Collects rows that the database refuses to change. */
  refused: RefusedRows;
}

/** What a run is for, and which buckets did not answer in it. */
export class ReconciliationRun {
  readonly dryRun: boolean;
  /** The only uploads that the run is for; `undefined`: all that are due. */
  readonly uploadIds: readonly string[] | undefined;
  private readonly isStopping: () => boolean;
  private readonly unreachable = new UnreachableBuckets();
  private readonly started: Promise<void>[] = [];
  private ranOutOfTime = false;

  constructor(run: {
    /** Nothing is changed. */
    dryRun: boolean;
    uploadIds: readonly string[] | undefined;
    isStopping: () => boolean;
  }) {
    this.dryRun = run.dryRun;
    this.uploadIds = run.uploadIds;
    this.isStopping = run.isStopping;
  }

  /** Whether it is for uploads that are named. */
  get isOfNamed(): boolean {
    return this.uploadIds !== undefined;
  }

  /** OSS's names of buckets that are skipped; uploads that are named are asked for all the same. */
  get unreachableBuckets(): string[] {
    return this.isOfNamed ? [] : this.unreachable.names;
  }

  /** Whether some work was left to the next run. */
  get isCutShort(): boolean {
    return this.ranOutOfTime;
  }

  /** Resolves when everything that the run started has ended, handlers that outlast it included. */
  async whenSettled(): Promise<void> {
    await Promise.allSettled(this.started);
  }

  /**
   * Settles what is due until nothing is, or the limit or the time is used up. Uploads that are named are settled once
   * each, however long that takes.
   */
  async take<Row extends DueRow>(
    limit: number,
    work: ReconciliationWork<Row>,
  ): Promise<ReconciledUpload[]> {
    const taken: ReconciledUpload[] = [];
    let hasEnded = false;
    const isOver = () => hasEnded || this.isStopping();
    const settling = this.settleRounds(limit, work, taken, isOver);
    this.started.push(settling);
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      if (this.isOfNamed) return;
      timer = setTimeout(() => {
        this.ranOutOfTime = true;
        resolve();
      }, LONGEST_WORK_MS).unref();
    });
    try {
      await Promise.race([settling, timeUp]);
    } finally {
      hasEnded = true;
      clearTimeout(timer);
    }
    return [...taken];
  }

  private async settleRounds<Row extends DueRow>(
    limit: number,
    work: ReconciliationWork<Row>,
    taken: ReconciledUpload[],
    isOver: () => boolean,
  ): Promise<void> {
    for (;;) {
      const before = taken.length;
      const due = await work.find(limit - before);
      await takeTurns(due, work.atOnce, isOver, async (row) => {
        const settled = await this.settleOne(row, work, isOver);
        if (!settled) return;
        this.unreachable.note(settled);
        taken.push(settled.upload);
      });
      // Meanwhile more may have become due, and others may have been left to another process.
      const isNewRound = taken.length > before && taken.length < limit && !isOver();
      if (!isNewRound || this.isOfNamed || this.dryRun) return;
    }
  }

  /** A row that the database refuses to change must not end the run, or the others would never have their turn. */
  private async settleOne<Row extends DueRow>(
    row: Row,
    { settle, refused }: ReconciliationWork<Row>,
    isOver: () => boolean,
  ): Promise<SettledUpload | undefined> {
    try {
      return await settle(row, isOver);
    } catch (error) {
      if (isConflict(error)) return undefined; // another process was faster
      if (!isErrorOfOneRow(error)) throw error;
      refused.add(row.id, error);
      const { id: uploadId, bucket, object } = row;
      const reason = describeError(error);
      return { upload: { uploadId, bucket, object, outcome: 'unavailable', reason } };
    }
  }
}
