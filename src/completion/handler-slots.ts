import type { DataSource } from 'typeorm';

/** How many uploads may wait for their handlers in one process; further ones are left to the reconciliation. */
const MAX_WAITING = 1_000;
/** The same, for owners who have none waiting: the uploads of one owner must not take all places. */
const MAX_WAITING_OF_ALL = 2_000;
/** Of an upload behind fewer, the handlers start soon. */
const FEW_WAITING = 100;
/** The default of `pg`, which applies unless `poolSize` or `extra.max` is set. */
const DEFAULT_POOL_SIZE = 10;

/** Uploads without an owner wait in one line. */
type Owner = string | null;

interface Waiting {
  owner: Owner;
  isRetry: boolean;
  start: () => void;
}

/**
 * Limits handlers to half of the pool's connections, so that the other half stays available to callbacks. A free slot
 * goes to a callback before a retry, and to the owner who holds the fewest slots. No owner ever holds all of them:
 * handlers that hang for one owner's uploads do not keep those of others from starting. With fewer than four connections
 * there is one slot, which one owner holds alone. Uploads without an owner may hold all slots: an app that names none has
 * all uploads in common.
 */
export class HandlerSlots {
  readonly size: number;
  private readonly maxOfOneOwner: number;
  private free: number;
  /** In order of arrival. */
  private readonly waiting: Waiting[] = [];
  private readonly held = new Map<Owner, number>();
  private readonly idle = new Set<() => void>();

  constructor({ options }: Pick<DataSource, 'options'>) {
    const { poolSize, extra } = options as { poolSize?: number; extra?: { max?: number } };
    const connections = extra?.max ?? poolSize ?? DEFAULT_POOL_SIZE;
    this.size = Math.max(1, Math.floor(connections / 2));
    this.maxOfOneOwner = Math.max(1, this.size - 1);
    this.free = this.size;
  }

  /** Whether one more upload of this owner may wait. */
  haveRoomFor(owner: Owner): boolean {
    const { length } = this.waiting;
    if (length < MAX_WAITING) return true;
    return length < MAX_WAITING_OF_ALL && this.waiting.every((each) => each.owner !== owner);
  }

  /** Whether few uploads wait. */
  get startSoon(): boolean {
    return this.waiting.length < FEW_WAITING;
  }

  /**
   * Runs `work` once a slot is free.
   * @param isRetry whether no callback waits for it
   * @throws what `work` throws
   */
  async run<T>(owner: Owner, isRetry: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.waiting.push({ owner, isRetry, start });
      this.startWaiting();
    });
    try {
      return await work();
    } finally {
      this.release(owner);
    }
  }

  /** Resolves when nothing is running or waiting. */
  async whenIdle(): Promise<void> {
    if (this.free < this.size) await new Promise<void>((resolve) => this.idle.add(resolve));
  }

  private startWaiting(): void {
    while (this.free > 0) {
      const next = this.findNext();
      if (!next) return;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.free -= 1;
      this.held.set(next.owner, this.heldBy(next.owner) + 1);
      next.start();
    }
  }

  private findNext(): Waiting | undefined {
    let best: Waiting | undefined;
    for (const each of this.waiting) {
      if (each.owner !== null && this.heldBy(each.owner) >= this.maxOfOneOwner) continue;
      if (!best || this.comesBefore(each, best)) best = each;
    }
    return best;
  }

  private comesBefore(one: Waiting, other: Waiting): boolean {
    if (one.isRetry !== other.isRetry) return other.isRetry;
    return this.heldBy(one.owner) < this.heldBy(other.owner);
  }

  private release(owner: Owner): void {
    this.free += 1;
    const held = this.heldBy(owner) - 1;
    if (held > 0) this.held.set(owner, held);
    else this.held.delete(owner);
    this.startWaiting();
    if (this.free < this.size) return;
    for (const resolve of this.idle) resolve();
    this.idle.clear();
  }

  private heldBy(owner: Owner): number {
    return this.held.get(owner) ?? 0;
  }
}
