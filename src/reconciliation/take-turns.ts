import type { DueRow } from '../database/fair-order.js';

/** The rows of one owner. */
interface Queue<Row> {
  rows: Row[];
  /** Index of the row whose turn is next. */
  next: number;
}

/**
 * Processes rows, several at a time, in their order, taking turns by owner. At most half of those in progress belong to
 * one owner, rounded up: slow rows of one owner do not delay those of others.
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

/** Each owner is queued as often as rows of that owner may be in progress at once. */
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
