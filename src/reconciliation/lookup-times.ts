import { pauseByAge } from '../common/pauses.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';

const FIRST_PAUSE_MS = 60_000;
/** Where a look told nothing, or only the upload's record decides. */
const LONGEST_PAUSE_MS = 3_600_000;
/** The last look comes this long after a ticket can no longer be reported. */
const LATE_MARGIN_MS = 60_000;
const DAY_MS = 86_400_000;
/** How long after the end of an upload its bucket may stay away before the upload is given up. */
export const PATIENCE_DAYS = 7;
/** How long after the end of an upload another process might know its bucket. */
const FORGOTTEN_DAYS = 30;

type Times = Pick<OssUploadTicket, 'expiresAt' | 'acceptUntil'>;

/**
 * When to look for an object again that was not there. Its upload may have begun just before the ticket expired and
 * still be under way: the pauses double, and the last look comes after the end of its right to be reported. Where the
 * bucket did not answer, or the ticket has ended, the pauses are an hour at most.
 */
export function nextLookupOf(ticket: Times, now: Date, isAnswered: boolean): Date {
  const since = (time: Date) => now.getTime() - time.getTime();
  const longestMs = isAnswered && !isPast(ticket, now) ? Infinity : LONGEST_PAUSE_MS;
  const pause = pauseByAge(since(ticket.expiresAt), { firstMs: FIRST_PAUSE_MS, longestMs });
  const untilLast = LATE_MARGIN_MS - since(ticket.acceptUntil);
  const last = untilLast > 0 ? Math.max(FIRST_PAUSE_MS, untilLast) : Infinity;
  return new Date(now.getTime() + Math.min(pause, last));
}

/** Whether nothing that is stored from now on counts for a ticket. */
export function isPast({ acceptUntil }: Pick<Times, 'acceptUntil'>, now: Date): boolean {
  return acceptUntil.getTime() <= now.getTime();
}

/** Whether an upload of which nothing could be found out since its end is asked for no more. */
export function isGivenUp(endedAt: Date, now: Date): boolean {
  return endedAt.getTime() + PATIENCE_DAYS * DAY_MS <= now.getTime();
}

/** Whatever ended before this time is taken up by any process, whether the bucket is one of its own or not. */
export function forgottenBefore(now: Date): Date {
  return new Date(now.getTime() - FORGOTTEN_DAYS * DAY_MS);
}
