import { isErrorOfOneRow } from './database-error.js';
import type { RefusedRows } from './refused-rows.js';

/** Rows of one statement. */
const BATCH = 1_000;
/** Statements in one call. */
const MAX_BATCHES = 100;
/** After so many refusals a call leaves the rest to the next one: where all rows are refused, it would cost too much. */
const MAX_REFUSED = 100;

/**
 * Changes rows in one statement. If it fails with an error that a single row may be to blame for, its halves are tried,
 * so that the rows at fault are soon alone, and the others are changed without them.
 * @param refuse called with each row at fault
 * @throws errors that no single row is to blame for
 */
export async function isolateRefused<Row>(
  rows: readonly Row[],
  change: (rows: readonly Row[]) => Promise<void>,
  refuse: (row: Row, error: unknown) => void,
): Promise<void> {
  if (rows.length === 0) return;
  try {
    await change(rows);
  } catch (error) {
    if (!isErrorOfOneRow(error)) throw error;
    const [row, ...others] = rows as [Row, ...Row[]];
    if (others.length === 0) {
      refuse(row, error);
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await isolateRefused(rows.slice(0, half), change, refuse);
    await isolateRefused(rows.slice(half), change, refuse);
  }
}

export interface BatchedChange {
  /** Ids of rows to change, at most `limit`, without those in `except`. */
  find: (limit: number, except: readonly string[]) => Promise<readonly string[]>;
  /** @returns how many were changed */
  change: (ids: readonly string[]) => Promise<number>;
  refused: RefusedRows;
}

/**
 * Changes rows in short statements, none of which holds its locks for long. Rows that the database refuses to change are
 * left out.
 * @returns how many were changed
 */
export async function changeInBatches(
  { find, change, refused }: BatchedChange,
  limit = BATCH * MAX_BATCHES,
): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < MAX_BATCHES && total < limit; batch += 1) {
    const atMost = Math.min(BATCH, limit - total);
    const ids = await find(atMost, refused.ids);
    let [changed, kept] = [0, 0];
    await isolateRefused(
      ids,
      async (some) => {
        if (kept < MAX_REFUSED) changed += await change(some);
      },
      (id, error) => {
        kept += 1;
        refused.add(id, error);
      },
    );
    total += changed;
    // Rows that are neither changed nor refused are locked by another process.
    if (ids.length < atMost || changed + kept === 0 || kept >= MAX_REFUSED) break;
  }
  return total;
}
