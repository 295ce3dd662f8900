import type { DataSource } from 'typeorm';

/** As many uploads may wait for their handlers in one process; the others are left to the reconciliation. */
const MAX_WAITING = 1_000;
/** Of `pg`, where neither TypeORM nor its `extra` says otherwise. */
const DEFAULT_POOL_SIZE = 10;

/** Lets handlers take half of the connections of the pool, so that the other half answers callbacks. */
export class HandlerSlots {
  readonly size: number;
  private taken = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly idle = new Set<() => void>();

  constructor({ options }: Pick<DataSource, 'options'>) {
    const { poolSize, extra } = options as { poolSize?: number; extra?: { max?: number } };
    const connections = extra?.max ?? poolSize ?? DEFAULT_POOL_SIZE;
    this.size = Math.max(1, Math.floor(connections / 2));
  }

  get haveRoom(): boolean {
    return this.waiting.length < MAX_WAITING;
  }

  /** Runs `work` as soon as there is a slot; first come, first served. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.taken < this.size) this.taken += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free();
    }
  }

  /** Resolves when nobody works or waits. */
  async whenIdle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => this.idle.add(resolve));
  }

  private free(): void {
    this.taken -= 1;
    if (this.taken > 0) return;
    for (const resolve of this.idle) resolve();
    this.idle.clear();
  }
}
