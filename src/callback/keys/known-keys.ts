import type { PublicKey } from './public-key.js';

/** How long a key that was replaced still counts: the hosts that serve keys do not all change at one moment. */
const GRACE_MS = 600_000;

/** The keys that one URL served: the newest, and for a while the one before it. */
export class KnownKeys {
  private replaced: { key: PublicKey; untilMs: number } | undefined;

  /**
   * @param newest accepted only where it is pinned
   * @param isPinned whether the options allow a key
   * @param renewAtMs when a failed signature may lead to another look; never for a key that the options give
   */
  constructor(
    public newest: PublicKey,
    private readonly isPinned: (key: PublicKey) => boolean,
    public renewAtMs: number,
  ) {}

  /** Newest first. */
  get accepted(): PublicKey[] {
    const { replaced } = this;
    const keys =
      replaced && Date.now() < replaced.untilMs ? [this.newest, replaced.key] : [this.newest];
    return keys.filter((key) => this.isPinned(key));
  }

  /**
   * Takes what the URL serves now. A key that is not pinned takes the place of none that is.
   * @param keepReplaced whether the key before it counts for a while
   */
  renew(
    key: PublicKey,
    { keepReplaced }: { keepReplaced: boolean },
  ): 'same' | 'refused' | 'renewed' {
    if (key.fingerprint === this.newest.fingerprint) return 'same';
    if (this.isPinned(this.newest) && !this.isPinned(key)) return 'refused';
    if (keepReplaced) this.replaced = { key: this.newest, untilMs: Date.now() + GRACE_MS };
    this.newest = key;
    return 'renewed';
  }
}
