const MINUTE_MS = 60_000;

/** A budget per kind and minute. A minute begins with the first that is asked for. */
export class MinuteBudget {
  private readonly taken = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param onEnd called at the end of each minute in which something was asked for */
  constructor(private readonly onEnd: () => void = () => undefined) {}

  /** @returns whether this one is within the budget of its kind */
  take(kind: string, budget: number): boolean {
    return this.takeOfEach([[kind, budget]]);
  }

  /**
   * For what is of several kinds. One that is beyond a budget takes nothing from the others.
   * @returns whether this one is within all budgets
   */
  takeOfEach(budgets: readonly (readonly [kind: string, budget: number])[]): boolean {
    this.timer ??= setTimeout(() => this.end(), MINUTE_MS).unref();
    const taken = budgets.map(([kind]) => this.taken.get(kind) ?? 0);
    if (budgets.some(([, budget], index) => taken[index]! >= budget)) return false;
    for (const [index, [kind]] of budgets.entries()) this.taken.set(kind, taken[index]! + 1);
    return true;
  }

  /** Ends the minute now. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.taken.clear();
    this.onEnd();
  }
}
