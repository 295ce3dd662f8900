import type { ObjectFiles } from './object-files.js';
import { discardVersions, type ObjectVersion, type ObjectVersions } from './object-versions.js';

interface ObjectKey {
  bucket: string;
  object: string;
}

/** Finds objects with their versions by bucket and key. With files, its entries are saved. */
export class ObjectIndex {
  readonly #objects = new Map<string, ObjectVersions>();

  constructor(private readonly files: ObjectFiles | undefined) {}

  /** Those of one bucket, or all, sorted by the bytes of their keys. */
  list(bucket?: string): ObjectVersions[] {
    return [...this.#objects.values()]
      .filter(([newest]) => bucket === undefined || newest.bucket === bucket)
      .toSorted(([a], [b]) => Buffer.compare(Buffer.from(nameOf(a)), Buffer.from(nameOf(b))));
  }

  /** The versions of an object, the newest first. */
  find(bucket: string, object: string): ObjectVersions | undefined {
    return this.#objects.get(nameOf({ bucket, object }));
  }

  /**
   * Changes the versions of an object, and frees the content of those that are removed.
   * @param change gets the current versions; an object without versions is deleted
   */
  async change(
    key: ObjectKey,
    change: (before: readonly ObjectVersion[]) => readonly ObjectVersion[],
  ): Promise<void> {
    const before = this.find(key.bucket, key.object) ?? [];
    const after = change(before);
    const [newest, ...older] = after;
    const [newestBefore] = before;
    if (newest) {
      this.#objects.set(nameOf(key), [newest, ...older]);
      await this.files?.save([newest, ...older]);
    } else if (newestBefore) {
      this.#objects.delete(nameOf(key));
      await this.files?.remove(newestBefore);
    }
    const kept = new Set(after);
    const gone = before.filter((version) => !kept.has(version));
    await discardVersions(gone, after);
  }

  /** Loads the objects of an earlier run. @param others names of content of parts, which is kept */
  async load(others: readonly string[]): Promise<void> {
    for (const versions of (await this.files?.load(others)) ?? []) {
      this.#objects.set(nameOf(versions[0]), versions);
    }
  }
}

function nameOf({ bucket, object }: ObjectKey): string {
  return `${bucket}/${object}`;
}
