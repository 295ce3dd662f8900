/**
 * What became of an upload that a run looked at. `completed`, `received`, `failed`, `abandoned`, `rejected`: the
 * status of its row. `ambiguous`: an object stands at its key, and nothing tells whether it is this upload's.
 * `expired`: nothing came, and nothing can come any more. `pending`: nothing came yet. `unavailable`: the bucket could
 * not be asked, or the database not take what it said; it will be tried again. `unresolved`: the same, until seven days
 * after the upload had ended, and it is given up.
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

export interface ReconciledUpload {
  uploadId: string;
  bucket: string;
  object: string;
  outcome: ReconciliationOutcome;
  reason?: string;
}

/** What a run came to with one upload. */
export interface SettledUpload {
  upload: ReconciledUpload;
  /** Whether the bucket answered; absent where it was not asked. */
  isAnswered?: boolean;
}

export interface ReconciliationReport {
  /** Whether nothing was changed; outcomes are then what a run would come to, its handlers left out. */
  dryRun: boolean;
  /** One for each upload that was looked at. */
  uploads: ReconciledUpload[];
  /** How many tickets of completed uploads were closed. */
  closedTickets: number;
  /** How many old records were deleted: closed tickets and refused callbacks. */
  deletedRecords: number;
  /** Whether the run ended at its limit, or took too long to go on, so that more may be waiting. */
  limitReached: boolean;
}

/** `2 completed, 1 expired`; empty where nothing worth a line happened. */
export function summaryOf(report: ReconciliationReport): string {
  return Object.entries(countsOf(report))
    .filter(([outcome]) => outcome !== 'pending')
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

/** How many uploads came to each outcome; those that none came to are left out. */
export function countsOf({
  uploads,
}: ReconciliationReport): Partial<Record<ReconciliationOutcome, number>> {
  const counts: Partial<Record<ReconciliationOutcome, number>> = {};
  for (const { outcome } of uploads) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** An upload may be due by its row and by its ticket: the later outcome counts. */
export function lastOfEach(uploads: readonly ReconciledUpload[]): ReconciledUpload[] {
  return [...new Map(uploads.map((upload) => [upload.uploadId, upload])).values()];
}
