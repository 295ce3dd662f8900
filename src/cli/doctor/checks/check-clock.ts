import type { CheckSink } from '../check.js';
import type { TimedAnswer } from './check-bucket.js';

/** OSS refuses requests that were signed so long before or after its own time. */
const REFUSED_BEYOND_MS = 15 * 60_000;
const WORTH_A_WARNING_MS = 60_000;

/**
 * Holds this machine's clock against the Date of an answer of OSS.
 * @see https://help.aliyun.com/en/oss/support/0002-00000504
 */
export function checkClock(timed: TimedAnswer | undefined, sink: CheckSink): void {
  const id = 'clock';
  const ossMs = Date.parse(timed?.answer.headers.get('date') ?? '');
  if (!timed || Number.isNaN(ossMs)) {
    sink.add({
      id,
      status: 'skipped',
      message: 'The clock was not compared: no answer of OSS has a Date.',
      cure: 'Mend the checks of the bucket first.',
    });
    return;
  }
  // OSS tells whole seconds; the answer was written between the two local times.
  const offByMs =
    timed.askedAtMs > ossMs + 1_000
      ? timed.askedAtMs - ossMs - 1_000
      : Math.min(0, timed.answeredAtMs - ossMs);
  const distanceMs = Math.abs(offByMs);
  const message =
    distanceMs < 1_000
      ? "This machine's clock is the same as OSS's within a second."
      : `This machine's clock is ${describe(distanceMs)} ${offByMs > 0 ? 'ahead of' : 'behind'} OSS's.`;
  const cure = "Set this machine's clock, best by NTP.";
  if (distanceMs > REFUSED_BEYOND_MS) {
    sink.add({
      id,
      status: 'failed',
      message: `${message} OSS refuses what is signed more than 15 minutes off.`,
      cure,
    });
  } else if (distanceMs > WORTH_A_WARNING_MS) {
    sink.add({
      id,
      status: 'warning',
      message: `${message} OSS takes up to 15 minutes; tickets and presigned URLs end too early or too late.`,
      cure,
    });
  } else sink.add({ id, status: 'ok', message });
}

function describe(distanceMs: number): string {
  const seconds = Math.round(distanceMs / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}
