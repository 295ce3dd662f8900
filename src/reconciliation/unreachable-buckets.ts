import type { SettledUpload } from './reconciliation-report.js';

/** How many lookups in a row must fail: a single one says little about its bucket. */
const OBJECTS_IN_VAIN = 3;

/** The buckets that do not answer. They are skipped for the rest of a run, since their time-outs would delay the others. */
export class UnreachableBuckets {
  /** By OSS's name, the objects that were asked for since the bucket last answered. */
  private readonly inVain = new Map<string, Set<string>>();

  /** OSS's names. */
  get names(): string[] {
    return [...this.inVain]
      .filter(([, objects]) => objects.size >= OBJECTS_IN_VAIN)
      .map(([bucket]) => bucket);
  }

  note({ upload: { bucket, object }, isAnswered }: SettledUpload): void {
    if (isAnswered === true) this.inVain.delete(bucket);
    if (isAnswered !== false) return;
    const objects = this.inVain.get(bucket) ?? new Set();
    this.inVain.set(bucket, objects.add(object));
  }
}
