import type { DoctorReport } from '../report.js';
import type { TimedAnswer } from './check-bucket.js';

/** OSS refuses requests whose signing time differs by more than this from its own. */
const REFUSED_BEYOND_MS = 15 * 60_000;
const WARNING_BEYOND_MS = 60_000;

/**
 * Compares this machine's clock with the Date header of a response from OSS.
 * @see https://help.aliyun.com/en/oss/support/0002-00000504
 */
export function checkClock(timed: TimedAnswer | undefined, report: DoctorReport): void {
  const id = 'clock';
  const ossMs = Date.parse(timed?.answer.headers.date ?? '');
  if (!timed || Number.isNaN(ossMs)) {
    report.skipped(
      id,
      'The clock was not checked: no response from OSS has a Date header.',
      'Fix the failed checks of the bucket first.',
    );
    return;
  }
  // The header has whole seconds, and was written between the two local times.
  const offByMs =
    timed.askedAtMs > ossMs + 1_000
      ? timed.askedAtMs - ossMs - 1_000
      : Math.min(0, timed.answeredAtMs - ossMs);
  const distanceMs = Math.abs(offByMs);
  const message =
    distanceMs < 1_000
      ? "This machine's clock differs from OSS's by less than a second."
      : `This machine's clock is ${describe(distanceMs)} ${offByMs > 0 ? 'ahead of' : 'behind'} OSS's.`;
  const fix = "Set this machine's clock, preferably with NTP.";
  if (distanceMs > REFUSED_BEYOND_MS) {
    report.failed(
      id,
      `${message} OSS refuses requests that are signed more than 15 minutes off.`,
      fix,
    );
  } else if (distanceMs > WARNING_BEYOND_MS) {
    report.warning(
      id,
      `${message} OSS accepts up to 15 minutes, but tickets and presigned URLs expire too early or too late.`,
      fix,
    );
  } else report.ok(id, message);
}

function describe(distanceMs: number): string {
  const seconds = Math.round(distanceMs / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}
