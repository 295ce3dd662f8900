/** Rows of one statement. */
const BATCH = 1_000;
/** Statements in one run. */
const MAX_BATCHES = 100;

/** Statement after statement, so that none holds its locks for long. */
export async function inBatches(work: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const done = await work(BATCH);
    total += done;
    if (done < BATCH) break;
  }
  return total;
}
