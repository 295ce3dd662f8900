/**
 * The result for an upload that a run looked at. `completed`, `received`, `failed`, `abandoned`, `rejected`: the status
 * of its record. `ambiguous`: there is an object with its key, but nothing proves that it belongs to this upload.
 * `expired`: no object arrived, and none can be accepted any more. `pending`: no object has arrived yet. `unavailable`:
 * the bucket could not be reached, or the database refused the record; it is retried. `unresolved`: unavailable until
 * seven days after the upload had ended; it is not retried.
 * @category Reconciliation
 */
export type ReconciliationOutcome =
  | 'completed'
  | 'received'
  | 'failed'
  | 'abandoned'
  | 'rejected'
  | 'ambiguous'
  | 'expired'
  | 'pending'
  | 'unavailable'
  | 'unresolved';

/**
 * An upload that a run looked at.
 * @category Reconciliation
 */
export interface ReconciledUpload {
  /** Id of the upload. */
  uploadId: string;
  /** OSS's name of the bucket. */
  bucket: string;
  /** Key of the object. */
  object: string;
  /** The result for this upload. */
  outcome: ReconciliationOutcome;
  /** Why it is not completed, for people; absent if the outcome says everything. */
  reason?: string;
}

/** The result for one upload. */
export interface SettledUpload {
  upload: ReconciledUpload;
  /** Whether the bucket answered; absent if it was not asked. */
  isAnswered?: boolean;
}

/**
 * What a run of the reconciliation did, or with `dryRun` would do.
 * @category Reconciliation
 */
export interface ReconciliationReport {
  /** Whether nothing was changed. The outcomes are then those that a run would have, apart from its handlers. */
  dryRun: boolean;
  /** One for each upload that was looked at. */
  uploads: ReconciledUpload[];
  /** How many tickets of completed uploads were closed. */
  closedTickets: number;
  /** How many old records were deleted: closed tickets and refused callbacks. */
  deletedRecords: number;
  /** Whether the run ended at its limit, or ran out of time, so that more may be due. */
  limitReached: boolean;
}

/** For example `2 completed, 1 expired`; empty if nothing happened that is worth a line. */
export function summaryOf(report: ReconciliationReport): string {
  return Object.entries(countsOf(report))
    .filter(([outcome]) => outcome !== 'pending')
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

/** How many uploads have each outcome; outcomes that none has are left out. */
export function countsOf({
  uploads,
}: ReconciliationReport): Partial<Record<ReconciliationOutcome, number>> {
  const counts: Partial<Record<ReconciliationOutcome, number>> = {};
  for (const { outcome } of uploads) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** An upload may be due by its ticket and, later in the list, by its row, which knows more. */
export function lastOfEach(uploads: readonly ReconciledUpload[]): ReconciledUpload[] {
  return [...new Map(uploads.map((upload) => [upload.uploadId, upload])).values()];
}
