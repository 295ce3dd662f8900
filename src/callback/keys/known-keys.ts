import type { PublicKey } from './public-key.js';

/** How long a replaced key stays valid: the hosts that serve keys do not all switch at the same moment. */
const GRACE_MS = 600_000;

/** The keys that one URL has served: the newest, and for a while the one before it. */
export class KnownKeys {
  private replaced: { key: PublicKey; untilMs: number } | undefined;

  /**
   * @param newest accepted only if it is pinned
   * @param isPinned whether the options allow a key
   * @param renewAtMs from when on a failed signature may cause another fetch; `Infinity` for a key from the options
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
   * Takes the key that the URL serves now. An unpinned key never replaces a pinned one.
   * @param keepReplaced whether the previous key stays valid for a while
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
