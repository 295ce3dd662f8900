const MINUTE_MS = 60_000;

/** A budget per kind and minute. A minute begins with the first call of `take`. */
export class MinuteBudget {
  private readonly asked = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param onEnd called at the end of each minute in which `take` was called */
  constructor(private readonly onEnd: () => void = () => undefined) {}

  /** @returns whether this one is within the budget of its kind */
  take(kind: string, budget: number): boolean {
    this.timer ??= setTimeout(() => this.end(), MINUTE_MS).unref();
    const asked = (this.asked.get(kind) ?? 0) + 1;
    this.asked.set(kind, asked);
    return asked <= budget;
  }

  /** Ends the minute now. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.asked.clear();
    this.onEnd();
  }
}
