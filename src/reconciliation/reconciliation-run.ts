import type { ReconciledUpload, SettledUpload } from './reconciliation-report.js';
import { SilentBuckets } from './silent-buckets.js';

/** After that, one kind of work begins with no more uploads: handlers that hang must not keep the others from being done. */
const LONGEST_WORK_MS = 120_000;

/** One kind of work of a run. */
export interface ReconciliationWork {
  /** How many are settled at the same time. */
  atOnce: number;
  /** Ids of what is due, in the order in which it is to be settled; at most so many. */
  find: (limit: number) => Promise<readonly string[]>;
  /** Settles those that are still due: meanwhile another process may have taken some. */
  settle: (ids: readonly string[]) => Promise<SettledUpload[]>;
}

/** What a run is for, and which buckets did not answer in it. */
export class ReconciliationRun {
  readonly dryRun: boolean;
  private readonly uploadIds: readonly string[] | undefined;
  private readonly isStopping: () => boolean;
  private readonly silent = new SilentBuckets();
  private ranOutOfTime = false;

  constructor(run: {
    /** Nothing is changed. */
    dryRun: boolean;
    /** These uploads alone. */
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

  /** OSS's names of buckets that are left alone; where uploads are named, they are asked about all the same. */
  get silentBuckets(): string[] {
    return this.isOfNamed ? [] : this.silent.names;
  }

  /** Whether some work was left to the next run. */
  get isCutShort(): boolean {
    return this.ranOutOfTime;
  }

  /** Does what is due until nothing is, or limit or time is used up; uploads that are named once each. */
  async take(
    limit: number,
    { atOnce, find, settle }: ReconciliationWork,
  ): Promise<ReconciledUpload[]> {
    const taken: ReconciledUpload[] = [];
    const endsAtMs = this.isOfNamed ? Infinity : performance.now() + LONGEST_WORK_MS;
    for (;;) {
      const before = taken.length;
      const ids = this.uploadIds?.slice(0, limit) ?? (await find(limit - before));
      for (let start = 0; start < ids.length && !this.isStopping(); start += atOnce) {
        if (performance.now() >= endsAtMs) {
          this.ranOutOfTime = true;
          return taken;
        }
        const settled = await settle(ids.slice(start, start + atOnce));
        this.silent.hear(settled);
        taken.push(...settled.map(({ upload }) => upload));
      }
      // Meanwhile more may have become due, and others may have been left to another process.
      const isNewRound = taken.length > before && taken.length < limit && !this.isStopping();
      if (!isNewRound || this.isOfNamed || this.dryRun) return taken;
    }
  }
}
