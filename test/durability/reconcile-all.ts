import type { Records } from './records.js';

const MOST_RUNS = 60;

/**
 * Lets time pass and runs the reconciliation of all apps side by side, again and again, until nothing is outstanding.
 * @param reconcilers run once each; what they reject with is ignored, since the app may have died
 * @returns how many times they ran
 */
export async function reconcileAll(
  records: Records,
  reconcilers: () => Promise<(() => Promise<unknown>)[]>,
): Promise<number> {
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    await records.letTimePass();
    const all = await reconcilers();
    await Promise.allSettled(all.map((reconcile) => reconcile()));
    if ((await records.outstanding()) === 0) return runs;
  }
  throw new Error(
    `After ${MOST_RUNS} runs ${await records.outstanding()} uploads and tickets are still open: ${JSON.stringify(await records.statuses())}`,
  );
}
