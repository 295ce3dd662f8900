import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Semaphore } from '../../common/semaphore.js';
import { publicKeyPath } from '../../protocol/callback/public-key-url.js';
import { writeFileAtomically } from '../storage/files.js';

export interface CallbackKeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** SPKI PEM, the form of OSS's own key file. */
  publicKeyPem: string;
}

/** Where a key that is not the simulator's can be fetched, for the fault `foreign-key-url`. */
export const FOREIGN_KEY_PATH = '/foreign_callback_pub_key_v1.pem';

/** The keys that sign callbacks. The newest one signs; earlier ones are still served. */
export class CallbackKeys {
  readonly #versions: CallbackKeyPair[] = [];
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #foreign: CallbackKeyPair | undefined;
  /** One after the other, so that each makes a version of its own. */
  readonly #rotations = new Semaphore(1);

  constructor(
    private readonly bits: number,
    private readonly dataDirectory: string | undefined,
  ) {}

  /** Loads the keys of an earlier run, once. In memory, the first is generated when it is needed. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    if (this.dataDirectory !== undefined) {
      for (;;) {
        const found = await readKeyPair(this.#versions.length + 1, this.dataDirectory);
        if (!found) break;
        this.#versions.push(found);
      }
      if (this.#versions.length === 0) this.#versions.push(await this.#make(1));
    }
    this.#isLoaded = true;
  }

  get current(): CallbackKeyPair {
    return this.#existing().at(-1)!;
  }

  /** URL path of the current key. */
  get path(): string {
    return publicKeyPath(Math.max(1, this.#versions.length));
  }

  get foreign(): CallbackKeyPair {
    this.#foreign ??= makeKeyPair(this.bits);
    return this.#foreign;
  }

  /** The public key at a URL path, as PEM. */
  find(path: string): string | undefined {
    if (path === FOREIGN_KEY_PATH) return this.foreign.publicKeyPem;
    if (this.#versions.length === 0 && path !== this.path) return undefined;
    return this.#existing().find((_key, index) => publicKeyPath(index + 1) === path)?.publicKeyPem;
  }

  /** Generates a new key, at a new URL or at the current one. */
  rotate({ sameUrl = false }: { sameUrl?: boolean } = {}): Promise<void> {
    return this.#rotations.run(async () => {
      await this.load();
      const version = this.#existing().length + (sameUrl ? 0 : 1);
      this.#versions[version - 1] = await this.#make(version);
    });
  }

  /** One at least. */
  #existing(): CallbackKeyPair[] {
    if (!this.#isLoaded) throw new Error('The OssSimulator has no key before it is started');
    if (this.#versions.length === 0) this.#versions.push(makeKeyPair(this.bits));
    return this.#versions;
  }

  async #make(version: number): Promise<CallbackKeyPair> {
    const made = makeKeyPair(this.bits);
    if (this.dataDirectory !== undefined) await saveKeyPair(made, version, this.dataDirectory);
    return made;
  }
}

/** Reads the key pair that an earlier run saved. */
async function readKeyPair(
  version: number,
  dataDirectory: string,
): Promise<CallbackKeyPair | undefined> {
  const pem = await readFile(filePathOf(version, dataDirectory), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  return pem === undefined ? undefined : keyPairOf(createPrivateKey(pem));
}

function makeKeyPair(bits: number): CallbackKeyPair {
  return keyPairOf(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
}

async function saveKeyPair(
  { privateKey }: CallbackKeyPair,
  version: number,
  dataDirectory: string,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFileAtomically(filePathOf(version, dataDirectory), pem, 0o600);
}

function filePathOf(version: number, dataDirectory: string): string {
  return join(dataDirectory, `callback-private-key${version === 1 ? '' : `-v${version}`}.pem`);
}

function keyPairOf(privateKey: KeyObject): CallbackKeyPair {
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicKey, publicKeyPem };
}
