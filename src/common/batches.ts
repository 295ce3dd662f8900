/**
 * Works through the items that are added, in batches, one after the other. Items that are added in the same turn of the
 * event loop form one batch, as do those that wait for the previous batch; a single item does not wait.
 */
export class Batches<Item> {
  private readonly items: Item[] = [];
  private working: Promise<void> | undefined;

  /**
   * @param maxItems the most items in one batch
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
    // In the same turn as the last check for waiting items: whatever is added from now on starts a new loop.
    this.working = undefined;
  }
}
