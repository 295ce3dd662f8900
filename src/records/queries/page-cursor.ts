import { isUuid, uuidFromBytes, uuidToBytes } from '../../ticket/upload-id.js';
import { invalidFilter } from './upload-filter.js';

/** The last row of a page: the next page begins after it. */
export interface PagePosition {
  /** Microseconds since 1970, as PostgreSQL keeps them: a Date would lose three digits, and with them rows. */
  timeUs: bigint;
  id: string;
}

const TIME_BYTES = 8;
const CURSOR_BYTES = TIME_BYTES + 16;

/** A position as opaque text for URLs. */
export function encodeCursor({ timeUs, id }: PagePosition): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigInt64BE(timeUs);
  return Buffer.concat([time, uuidToBytes(id)]).toString('base64url');
}

/** @throws OssCallbackError `INVALID_FILTER` if it is not a cursor of this package */
export function decodeCursor(cursor: string): PagePosition {
  const bytes = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
  if (bytes.length === CURSOR_BYTES && bytes.toString('base64url') === cursor) {
    const position = {
      timeUs: bytes.readBigInt64BE(0),
      id: uuidFromBytes(bytes.subarray(TIME_BYTES)),
    };
    if (isTime(position.timeUs) && isUuid(position.id)) return position;
  }
  throw invalidFilter('cursor', 'is not the nextCursor of a page. Begin without one.');
}

/** The time of a position in the form that PostgreSQL reads. */
export function positionTime({ timeUs }: PagePosition): string {
  const inMs = new Date(Number(timeUs / 1_000n)).toISOString();
  return inMs.replace('Z', `${String(timeUs % 1_000n).padStart(3, '0')}Z`);
}

/** 1970 to 9999. */
function isTime(timeUs: bigint): boolean {
  return timeUs >= 0n && timeUs < 253_402_300_800_000_000n;
}
