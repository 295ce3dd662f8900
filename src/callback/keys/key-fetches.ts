interface Wanted {
  done: Promise<void>;
  start: () => void;
}

/**
 * Fetches public keys, one at a time and once for all callers of the same URL. The lowest version goes first: a request
 * may name any of 99, and made-up versions must not delay OSS's next key.
 */
export class KeyFetches {
  private readonly wanted = new Map<string, Wanted>();
  private isBusy = false;

  constructor(private readonly fetch: (url: string) => Promise<void>) {}

  /** Whether a fetch of this URL is waiting or running. */
  isWanted(url: string): boolean {
    return this.wanted.has(url);
  }

  get(url: string): Promise<void> {
    const wanted = this.wanted.get(url);
    if (wanted) return wanted.done;
    let start = (): void => undefined;
    const done = new Promise<void>((resolve) => (start = resolve))
      .then(() => this.fetch(url))
      .finally(() => {
        this.wanted.delete(url);
        this.isBusy = false;
        this.startNext();
      });
    done.catch(() => undefined); // callers may have stopped waiting
    this.wanted.set(url, { done, start });
    this.startNext();
    return done;
  }

  private startNext(): void {
    if (this.isBusy) return;
    const [next] = [...this.wanted.keys()].toSorted(
      (one, other) => versionOf(one) - versionOf(other),
    );
    if (next === undefined) return;
    this.isBusy = true;
    this.wanted.get(next)!.start();
  }
}

function versionOf(url: string): number {
  return Number(/_v(\d+)\.pem$/.exec(url)?.[1] ?? 0);
}
