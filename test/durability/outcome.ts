/** What a run measured, and which promises it found broken. */
export interface Outcome {
  figures: Record<string, number>;
  /** One sentence for each promise; none where all hold. */
  broken: string[];
}

const MB = 1024 * 1024;

export class Findings {
  readonly figures: Record<string, number> = {};
  readonly broken: string[] = [];

  count(name: string, by = 1): void {
    this.figures[name] = (this.figures[name] ?? 0) + by;
  }

  set(name: string, value: number): void {
    this.figures[name] = Math.round(value * 10) / 10;
  }

  /** @param found what must not be, as far as it is told apart */
  none(found: readonly unknown[], what: string): void {
    if (found.length === 0) return;
    this.broken.push(`${found.length} ${what}: ${found.slice(0, 5).map(String).join(', ')}`);
  }

  /** @param before the heap in bytes, once the process has loaded and cached what it needs */
  growth(before: number, after: number, limitMb: number): void {
    const growthMb = (after - before) / MB;
    this.set('heap before MB', before / MB);
    this.set('heap after MB', after / MB);
    if (growthMb > limitMb) this.none([growthMb], `MB of growth, above ${limitMb} MB`);
  }

  equal(actual: number, expected: number, what: string): void {
    if (actual !== expected) this.broken.push(`${what}: ${actual}, not ${expected}`);
  }

  get outcome(): Outcome {
    return { figures: this.figures, broken: this.broken };
  }
}
