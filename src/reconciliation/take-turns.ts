import type { DueRow } from '../database/fair-order.js';

/** The rows of one owner. */
interface Queue<Row> {
  rows: Row[];
  /** Index of the row whose turn is next. */
  next: number;
}

/**
 * Works on rows, several at a time, in their order and by turns of their owners. At most half of those at work are of
 * one owner, rounded up: rows of one owner that take long do not keep those of others from their turn.
 */
export async function takeTurns<Row extends DueRow>(
  rows: readonly Row[],
  atOnce: number,
  isOver: () => boolean,
  work: (row: Row) => Promise<void>,
): Promise<void> {
  const line = lineUp(rows, Math.ceil(atOnce / 2));
  let first = 0;
  const workInTurn = async () => {
    while (first < line.length && !isOver()) {
      const queue = line[first++]!;
      const row = queue.rows[queue.next++];
      if (!row) continue;
      await work(row);
      line.push(queue);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workInTurn));
}

/** Each owner stands in line as often as rows of that owner may be worked on at once. */
function lineUp<Row extends DueRow>(rows: readonly Row[], maxOfOneOwner: number): Queue<Row>[] {
  const queues = new Map<string | null, Queue<Row>>();
  for (const row of rows) {
    const queue = queues.get(row.owner);
    if (queue) queue.rows.push(row);
    else queues.set(row.owner, { rows: [row], next: 0 });
  }
  return Array.from({ length: maxOfOneOwner }, (_, turn) =>
    [...queues.values()].filter((queue) => turn < queue.rows.length),
  ).flat();
}
