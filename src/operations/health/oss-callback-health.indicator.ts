import type { HttpAdapterHost } from '@nestjs/core';
import type { OssUploadReconciler } from '../../reconciliation/oss-upload-reconciler.js';
import type { RejectionRecorder } from '../../rejections/rejection-recorder.js';
import type { CallbackCapture } from '../../callback/capture/callback-capture.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import type { Backlog } from '../backlog.js';
import { type OssCallbackHealthLimits, resolveHealthLimits } from './health-limits.js';

/**
 * The findings, for people and dashboards. Contains no values of requests and no secrets.
 * @category Health, metrics and diagnostics
 */
export interface OssCallbackHealthDetails {
  /** `down` if there is any problem. */
  status: 'up' | 'down';
  /** Why it is `down`: one sentence for each reason. */
  problems: string[];
  /** Whether the module sees callbacks before the host's parsers do; `not-needed` in an app without HTTP. */
  capture: 'installed' | 'missing' | 'not-needed';
  /** Whether callbacks are refused because the app is shutting down. */
  shuttingDown: boolean;
  /** How many callbacks this process is handling now. */
  callbacksInFlight: number;
  /**
   * How long the reconciliation is late with the oldest lookup, in seconds; 0 if none is overdue, `null` if the
   * database did not respond.
   */
  overdueTicketSeconds: number | null;
  /**
   * How long the oldest attempt of an upload is overdue, in seconds; 0 if none is, `null` if the database did not
   * respond.
   */
  dueUploadSeconds: number | null;
  /** Seconds since the last run of the reconciliation in this process ended; `null` before the first. */
  reconciliationAgeSeconds: number | null;
  /** How many refused callbacks this process could not record. Does not affect `status`. */
  rejectionsDropped: number;
}

/**
 * The result of `isHealthy` under its key, in the form that `HealthCheckService` of `@nestjs/terminus` 11 and 12
 * accepts from an indicator.
 * @category Health, metrics and diagnostics
 */
export type OssCallbackHealthResult<Key extends string = string> = Record<
  Key,
  OssCallbackHealthDetails
>;

/**
 * Reports whether this process can accept callbacks and keeps up with its backlog. It needs no other package;
 * `HealthCheckService` of `@nestjs/terminus` accepts its results:
 *
 * ```ts
 * health.check([() => ossCallback.isHealthy('oss-callback')])
 * ```
 *
 * Meant for readiness and alerts. A restart fixes neither an unavailable database nor a backlog, so do not use it for
 * liveness probes.
 * @category Health, metrics and diagnostics
 */
export class OssCallbackHealthIndicator {
  private readonly startedAtMs = Date.now();

  /** @internal */
  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly backlog: Backlog,
    private readonly capture: CallbackCapture,
    private readonly reconciler: OssUploadReconciler,
    private readonly rejections: RejectionRecorder,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * Never throws: a check that fails is reported as a problem.
   * @param key name of the result
   * @param limits beyond which the status is `down`
   */
  async isHealthy<Key extends string = 'oss-callback'>(
    key: Key = 'oss-callback' as Key,
    limits: OssCallbackHealthLimits = {},
  ): Promise<OssCallbackHealthResult<Key>> {
    const resolved = resolveHealthLimits(limits, this.options);
    const problems: string[] = [];
    const details: Omit<OssCallbackHealthDetails, 'status' | 'problems'> = {
      ...this.checkCapture(problems),
      ...(await this.checkDatabase(problems, resolved)),
      reconciliationAgeSeconds: this.checkReconciliation(problems, resolved),
      rejectionsDropped: this.rejections.dropped,
    };
    const status = problems.length === 0 ? 'up' : 'down';
    return { [key]: { status, problems, ...details } } as OssCallbackHealthResult<Key>;
  }

  private checkCapture(problems: string[]) {
    const { isInstalled, isDraining: shuttingDown, inFlight: callbacksInFlight } = this.capture;
    // Without HTTP, Nest's HttpAdapterHost has no adapter.
    const isNeeded = Boolean(this.adapterHost.httpAdapter);
    const capture = isInstalled ? 'installed' : isNeeded ? 'missing' : 'not-needed';
    if (capture === 'missing') problems.push('the capture of callbacks is not installed');
    if (shuttingDown) problems.push('the app is shutting down, and callbacks are refused');
    return { capture, shuttingDown, callbacksInFlight } as const;
  }

  private async checkDatabase(
    problems: string[],
    { timeoutMs, maxOverdueTicketSeconds, maxDueUploadSeconds }: Required<OssCallbackHealthLimits>,
  ) {
    try {
      const missing = await this.backlog.missingTables(timeoutMs);
      if (missing.length > 0) {
        problems.push(`the database has no table ${missing.join(', ')}; run the migrations`);
        return { overdueTicketSeconds: null, dueUploadSeconds: null };
      }
      const ages = await this.backlog.ages(timeoutMs);
      const { overdueTicketSeconds = 0, dueUploadSeconds = 0 } = ages;
      this.checkAge(problems, 'an expired ticket', overdueTicketSeconds, maxOverdueTicketSeconds);
      this.checkAge(problems, 'an upload', dueUploadSeconds, maxDueUploadSeconds);
      return {
        overdueTicketSeconds: Math.round(overdueTicketSeconds),
        dueUploadSeconds: Math.round(dueUploadSeconds),
      };
    } catch (error) {
      problems.push(`the database cannot be queried (${codeOf(error)})`);
      return { overdueTicketSeconds: null, dueUploadSeconds: null };
    }
  }

  /** A process is not responsible for rows that were overdue before it started, nor for those that others handle. */
  private checkAge(problems: string[], what: string, seconds: number, maxSeconds: number): void {
    if (!this.options.reconciliation) return;
    if (Math.min(seconds, this.upSeconds) <= maxSeconds) return;
    problems.push(
      `${what} has been due for ${Math.round(seconds)} s, more than ${maxSeconds} s: the reconciliation does not keep up`,
    );
  }

  private checkReconciliation(
    problems: string[],
    { maxReconciliationAgeSeconds: max }: Required<OssCallbackHealthLimits>,
  ): number | null {
    const endedAtMs = this.reconciler.lastRunAt?.getTime();
    const ageSeconds =
      endedAtMs === undefined ? undefined : Math.max(0, (Date.now() - endedAtMs) / 1_000);
    if (this.options.reconciliation && (ageSeconds ?? this.upSeconds) > max) {
      problems.push(`no reconciliation has finished in this process for ${max} s`);
    }
    return ageSeconds === undefined ? null : Math.round(ageSeconds);
  }

  private get upSeconds(): number {
    return (Date.now() - this.startedAtMs) / 1_000;
  }
}

/** The database's own message may name hosts and users: it belongs in the log only. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{3,40}$/.test(code) ? code : 'unknown error';
}
