export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was looked at, as `--json` gives it. */
export interface Check {
  /** For programs, for example `dns` or `bucket.main.head`. */
  id: string;
  status: CheckStatus;
  /** What was found, with the values that count. Never a secret. */
  message: string;
  /** What mends it; absent where all is well. */
  cure?: string;
}

/** Where checks go as soon as they are done, and what is told while one takes long. */
export interface CheckSink {
  add(check: Check): void;
  /** @param what for people, as in `asking for the addresses of api.example.com` */
  progress(what: string): void;
}

/** The limits of every step over the network. */
export const STEP_TIMEOUT_MS = 5_000;
export const MAX_ANSWER_BYTES = 64 * 1024;

/** The message of an error, and of the one behind it: fetch hides there what happened. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause instanceof Error ? ` (${reasonOf(error.cause)})` : '';
  return `${error.message}${cause}`;
}
