import type { SettledUpload } from './reconciliation-report.js';

/** How many objects, one after the other, have to be asked for in vain: one says little of its bucket. */
const OBJECTS_IN_VAIN = 3;

/** The buckets that do not answer. They are left alone for the rest of a run: their time-outs would cost others their turn. */
export class SilentBuckets {
  /** By OSS's name, the objects that were asked for since the bucket answered last. */
  private readonly inVain = new Map<string, Set<string>>();

  /** OSS's names. */
  get names(): string[] {
    return [...this.inVain]
      .filter(([, objects]) => objects.size >= OBJECTS_IN_VAIN)
      .map(([bucket]) => bucket);
  }

  /** @param settled at the same time */
  hear(settled: readonly SettledUpload[]): void {
    const of = (isAnswered: boolean) =>
      settled.filter((each) => each.isAnswered === isAnswered).map(({ upload }) => upload);
    const answering = new Set(of(true).map(({ bucket }) => bucket));
    for (const bucket of answering) this.inVain.delete(bucket);
    for (const { bucket, object } of of(false)) {
      if (answering.has(bucket)) continue;
      const objects = this.inVain.get(bucket) ?? new Set();
      this.inVain.set(bucket, objects.add(object));
    }
  }
}
