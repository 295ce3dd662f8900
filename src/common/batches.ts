/**
 * Works through the items that are added, in batches, one after the other. Items that are added in the same turn of the
 * event loop belong to one batch, and so do those that wait for the batch before; an item alone waits for nothing.
 */
export class Batches<Item> {
  private readonly items: Item[] = [];
  private working: Promise<void> | undefined;

  /**
   * @param maxItems the most of one batch
   * @param work must not throw
   */
  constructor(
    private readonly maxItems: number,
    private readonly work: (batch: Item[]) => Promise<void>,
  ) {}

  /** Those that wait for their batch. */
  get waiting(): readonly Item[] {
    return this.items;
  }

  add(item: Item): void {
    this.items.push(item);
    this.working ??= this.workThrough();
  }

  /** Resolves when everything that was added is done. */
  async whenIdle(): Promise<void> {
    await this.working;
  }

  private async workThrough(): Promise<void> {
    await Promise.resolve();
    while (this.items.length > 0) await this.work(this.items.splice(0, this.maxItems));
    // In the same turn as the last look at what waits: what is added from now on begins anew.
    this.working = undefined;
  }
}
