import { Log } from '../../common/log.js';
import { logText, unquoted } from '../../common/log-text.js';
import { describeError } from '../../common/errors.js';
import { MinuteBudget } from '../../common/minute-budget.js';
import { withinTime } from '../../common/within-time.js';
import type { OssUploadReconciler } from '../../reconciliation/oss-upload-reconciler.js';
import type { UploadStatusReport } from '../../records/queries/upload-status.js';

/** How often a minute this process looks for uploads because their clients ask. */
const PER_UPLOAD = 6;
const PER_OWNER = 60;
const ALTOGETHER = 600;
/** Handlers may take longer; the client then asks for the status. */
const LONGEST_WAIT_MS = 10_000;

/** Nothing that a look at the bucket finds changes the others. */
const CHANGEABLE = new Set<string>(['pending', 'received', 'failed', 'rejected']);

/** Reconciles uploads whose clients ask for it, as often as they may. */
export class ClientReconciliations {
  private readonly log = new Log();
  private readonly budget = new MinuteBudget();

  constructor(private readonly reconciler: Pick<OssUploadReconciler, 'run'>) {}

  /**
   * Resolves after the look, after 10 s, or at once if there is none; never throws.
   * @returns whether the bucket was asked and answered
   */
  async run({ uploadId, status, owner }: UploadStatusReport): Promise<boolean> {
    if (!CHANGEABLE.has(status) || !this.mayRun(uploadId, owner)) return false;
    const running = this.reconciler.run({ uploadIds: [uploadId] }).then(
      ({ uploads }) =>
        uploads.some((each) => each.uploadId === uploadId && each.outcome !== 'unavailable'),
      (error: unknown) => {
        this.log.warn(
          logText`An upload could not be reconciled when its client asked: ${unquoted(describeError(error))}`,
          { uploadId },
        );
        return false;
      },
    );
    return withinTime(running, LONGEST_WAIT_MS).catch(() => false);
  }

  /** A client that asks too often must not use up the limit of all. */
  private mayRun(uploadId: string, owner: string | null): boolean {
    return this.budget.takeOfEach([
      ['all', ALTOGETHER],
      ...(owner === null ? [] : [[`owner ${owner}`, PER_OWNER] as const]),
      [`upload ${uploadId}`, PER_UPLOAD],
    ]);
  }
}
