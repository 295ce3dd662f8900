/** Runs so much work at once; more waits for its turn, first come, first served. */
export class Semaphore {
  private running = 0;
  private readonly queue: (() => void)[] = [];
  private readonly idle = new Set<() => void>();

  /** @param size how much runs at once */
  constructor(readonly size: number) {}

  /** Runs `work` as soon as it is its turn. @throws what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.size) this.running += 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.leave();
    }
  }

  /** Resolves when no work runs or waits. */
  async whenIdle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.idle.add(resolve));
  }

  private leave(): void {
    this.running -= 1;
    if (this.running > 0) return;
    for (const resolve of this.idle) resolve();
    this.idle.clear();
  }
}
