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

/** What waits, by owner: the uploads of an owner in order of arrival, the owners in the order of their turns. */
type Lines = Map<Owner, (() => void)[]>;

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
  private readonly callbacks: Lines = new Map();
  private readonly retries: Lines = new Map();
  private waiting = 0;
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
    if (this.waiting < MAX_WAITING) return true;
    const hasNone = !this.callbacks.has(owner) && !this.retries.has(owner);
    return this.waiting < MAX_WAITING_OF_ALL && hasNone;
  }

  /** Whether few uploads wait. */
  get startSoon(): boolean {
    return this.waiting < FEW_WAITING;
  }

  /**
   * Runs `work` once a slot is free.
   * @param isRetry whether no callback waits for it
   * @throws what `work` throws
   */
  async run<T>(owner: Owner, isRetry: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      const lines = isRetry ? this.retries : this.callbacks;
      const line = lines.get(owner);
      if (line) line.push(start);
      else lines.set(owner, [start]);
      this.waiting += 1;
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
    while (this.free > 0 && (this.startFirst(this.callbacks) || this.startFirst(this.retries)));
  }

  /** @returns whether one was started */
  private startFirst(lines: Lines): boolean {
    const owner = this.nextOwner(lines);
    if (owner === undefined) return false;
    const line = lines.get(owner)!;
    const start = line.shift()!;
    // An owner with more uploads goes behind the others that are waiting.
    lines.delete(owner);
    if (line.length > 0) lines.set(owner, line);
    this.waiting -= 1;
    this.free -= 1;
    this.held.set(owner, this.heldBy(owner) + 1);
    start();
    return true;
  }

  /** Fewer owners hold slots than there are slots: the first one who holds none is soon found, however many wait. */
  private nextOwner(lines: Lines): Owner | undefined {
    let next: Owner | undefined;
    for (const owner of lines.keys()) {
      const held = this.heldBy(owner);
      if (held === 0) return owner;
      if (owner !== null && held >= this.maxOfOneOwner) continue;
      if (next === undefined || held < this.heldBy(next)) next = owner;
    }
    return next;
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
