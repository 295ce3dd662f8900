export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of one check, in the form that `--json` prints. */
export interface Check {
  /** Stable name, for example `dns` or `bucket.main.head`. */
  id: string;
  status: CheckStatus;
  /** What was found, with the relevant values. Never a secret. */
  message: string;
  /** What to do about it. Absent if the status is `ok`. */
  fix?: string;
}

/** Limits of every network step. */
export const STEP_TIMEOUT_MS = 5_000;
export const MAX_ANSWER_BYTES = 64 * 1024;
