import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';

const DEFAULT_MAX_AGE_SECONDS = 900;
const DEFAULT_TIMEOUT_MS = 3_000;
/** In multiples of the pause between two runs of the reconciliation. */
const MAX_PAUSES = 5;

/**
 * Limits beyond which `OssCallbackHealthIndicator` reports `down`; `Infinity` disables a check.
 * @category Health, metrics and diagnostics
 */
export interface OssCallbackHealthLimits {
  /** How long the database may take for each of two queries, in milliseconds. Default 3,000. */
  timeoutMs?: number;
  /**
   * How long an expired ticket may wait for the reconciliation to look for its object, in seconds. Default 900.
   */
  maxOverdueTicketSeconds?: number;
  /** How long the next attempt of an upload may be overdue, in seconds. Default 900. */
  maxDueUploadSeconds?: number;
  /**
   * How long ago the last run of the reconciliation in this process may have ended, in seconds. Default 900, or five
   * times `reconciliation.everySeconds` if that is more.
   */
  maxReconciliationAgeSeconds?: number;
}

export function resolveHealthLimits(
  limits: OssCallbackHealthLimits,
  { reconciliation }: Pick<ResolvedOssCallbackOptions, 'reconciliation'>,
): Required<OssCallbackHealthLimits> {
  const pausesSeconds = reconciliation ? reconciliation.everySeconds * MAX_PAUSES : 0;
  return {
    timeoutMs: limits.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxOverdueTicketSeconds: limits.maxOverdueTicketSeconds ?? DEFAULT_MAX_AGE_SECONDS,
    maxDueUploadSeconds: limits.maxDueUploadSeconds ?? DEFAULT_MAX_AGE_SECONDS,
    maxReconciliationAgeSeconds:
      limits.maxReconciliationAgeSeconds ?? Math.max(DEFAULT_MAX_AGE_SECONDS, pausesSeconds),
  };
}
