import { MINUTE_TO_HOUR, pauseByAge } from '../common/pauses.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';

/** How long after `acceptUntil` the last lookup takes place. */
const LATE_MARGIN_MS = 60_000;
const DAY_MS = 86_400_000;
/** How long after the end of an upload its bucket may be unavailable before the upload is abandoned. */
export const PATIENCE_DAYS = 7;
/** How long after the end of an upload it is left to processes that know its bucket. */
const FORGOTTEN_DAYS = 30;

type Times = Pick<OssUploadTicket, 'expiresAt' | 'acceptUntil'>;

/**
 * When to look again for an object that was not there. Its upload may have started just before the ticket expired and
 * still be under way, so the pauses double, and the last lookup takes place after `acceptUntil`. If the bucket did not
 * respond, or the ticket has ended, the pauses are an hour at most.
 */
export function nextLookupOf(ticket: Times, now: Date, isAnswered: boolean): Date {
  const since = (time: Date) => now.getTime() - time.getTime();
  const { firstMs, longestMs } = MINUTE_TO_HOUR;
  const isHurried = !isAnswered || isPast(ticket, now);
  const pauses = { firstMs, longestMs: isHurried ? longestMs : Infinity };
  const pause = pauseByAge(since(ticket.expiresAt), pauses);
  const untilLast = LATE_MARGIN_MS - since(ticket.acceptUntil);
  const last = untilLast > 0 ? Math.max(firstMs, untilLast) : Infinity;
  return new Date(now.getTime() + Math.min(pause, last));
}

/** Whether objects that are stored from now on are too late for a ticket. */
export function isPast({ acceptUntil }: Pick<Times, 'acceptUntil'>, now: Date): boolean {
  return acceptUntil.getTime() <= now.getTime();
}

/** Whether an upload whose bucket has been unavailable since the upload ended is abandoned. */
export function isGivenUp(endedAt: Date, now: Date): boolean {
  return endedAt.getTime() + PATIENCE_DAYS * DAY_MS <= now.getTime();
}

/** Uploads that ended before this time are handled by any process, even if their bucket is not among its own. */
export function forgottenBefore(now: Date): Date {
  return new Date(now.getTime() - FORGOTTEN_DAYS * DAY_MS);
}
