import type { DueRow } from '../database/fair-order.js';

/**
 * Works on rows, several at a time, in their order and by turns of their owners. At most half of those at work are of
 * one owner, rounded up: rows of one owner that take long do not keep those of others from their turn.
 */
export async function takeTurns(
  rows: readonly DueRow[],
  atOnce: number,
  isOver: () => boolean,
  work: (row: DueRow) => Promise<void>,
): Promise<void> {
  const byOwner = new Map<string | null, DueRow[]>();
  for (const row of rows) {
    const queue = byOwner.get(row.owner);
    if (queue) queue.push(row);
    else byOwner.set(row.owner, [row]);
  }
  /** Each owner stands in line as often as rows of his may be worked on at once. */
  const line = Array.from({ length: Math.ceil(atOnce / 2) }, () => [...byOwner.values()]).flat();
  const workInTurn = async () => {
    for (let queue = line.shift(); queue && !isOver(); queue = line.shift()) {
      const row = queue.shift();
      if (!row) continue;
      await work(row);
      line.push(queue);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workInTurn));
}
