import { type CallbackKeyPair, findKeyPair, keepKeyPair, makeKeyPair } from './key-pair.js';

/** Where the key of somebody who is not OSS can be fetched, for callbacks that name a foreign key URL. */
export const FOREIGN_KEY_PATH = '/foreign_callback_pub_key_v1.pem';

/** The keys that callbacks were and are signed with. The newest signs; the earlier ones can still be fetched. */
export class CallbackKeys {
  readonly #versions: CallbackKeyPair[] = [];
  #foreign: CallbackKeyPair | undefined;

  constructor(
    private readonly bits: number,
    private readonly dataDirectory: string | undefined,
  ) {}

  /** Finds the keys of an earlier run, or makes the first. */
  async load(): Promise<void> {
    if (this.#versions.length > 0) return;
    for (;;) {
      const found = await findKeyPair(this.#versions.length + 1, this.dataDirectory);
      if (!found) break;
      this.#versions.push(found);
    }
    if (this.#versions.length === 0) this.#versions.push(await this.#make(1));
  }

  get current(): CallbackKeyPair {
    const newest = this.#versions.at(-1);
    if (!newest) throw new Error('The OssSimulator has its key once it was started');
    return newest;
  }

  /** Path of the key that signs now. */
  get path(): string {
    return pathOf(this.#versions.length);
  }

  get foreign(): CallbackKeyPair {
    this.#foreign ??= makeKeyPair(this.bits);
    return this.#foreign;
  }

  /** The public key behind a path, as PEM. */
  find(path: string): string | undefined {
    if (path === FOREIGN_KEY_PATH) return this.foreign.publicKeyPem;
    return this.#versions.find((_key, index) => pathOf(index + 1) === path)?.publicKeyPem;
  }

  /** Signs with a new key from now on, at a URL of its own or behind the one there is. */
  async rotate({ sameUrl = false }: { sameUrl?: boolean } = {}): Promise<void> {
    const version = this.#versions.length + (sameUrl ? 0 : 1);
    this.#versions[version - 1] = await this.#make(version);
  }

  async #make(version: number): Promise<CallbackKeyPair> {
    const made = makeKeyPair(this.bits);
    if (this.dataDirectory !== undefined) await keepKeyPair(made, version, this.dataDirectory);
    return made;
  }
}

function pathOf(version: number): string {
  return `/callback_pub_key_v${version}.pem`;
}
