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

/** Receives each check as soon as it is done, and progress texts while one is running. */
export interface CheckSink {
  add(check: Check): void;
  /** @param text for example `looking up api.example.com` */
  progress(text: string): void;
}

/** Limits of every network step. */
export const STEP_TIMEOUT_MS = 5_000;
export const MAX_ANSWER_BYTES = 64 * 1024;
