import { createHash, createPublicKey } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { PublicKey } from '../../src/callback/keys/public-key.js';
import type { HttpAnswer } from '../../src/oss-client/http-exchange.js';
import { PublicKeys, type PublicKeysOptions } from '../../src/callback/keys/public-keys.js';
import { OSS_CALLBACK_PUBLIC_KEYS } from '../../src/protocol/callback/public-key-url.js';
import type { sendHttp } from '../../src/oss-client/http-client.js';
import { createTestKeyPair } from '../../src/testing/create-test-key-pair.js';

export const VENDOR_HOST = 'gosspublic.alicdn.com';

/** `x-oss-pub-key-url` for a URL. */
export const header = (url: string) => Buffer.from(url).toString('base64');
export const vendor = (version: number, scheme = 'https') =>
  header(`${scheme}://${VENDOR_HOST}/callback_pub_key_v${version}.pem`);

export const [shippedPem = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
export const shipped = fingerprintOf(shippedPem);

type KeysOptions = Partial<
  PublicKeysOptions['publicKeys'] & Pick<PublicKeysOptions, 'localOss' | 'maxCallbacksInFlight'>
>;

/** What stands in for the hosts that serve keys, and what is said about them. */
class KeyHosts {
  /** What each of them serves; an error is what a fetch fails with. */
  serves: string | Error = new Error('no key is served');
  readonly fetched = vi.fn<typeof sendHttp>();
  readonly warnings: string[] = [];

  /** The keys of an app that asks these hosts. */
  readonly keysOf = ({
    localOss,
    maxCallbacksInFlight = 512,
    ...publicKeys
  }: KeysOptions = {}): PublicKeys =>
    new PublicKeys(
      {
        publicKeys: { trustedHosts: [], fingerprints: [], ...publicKeys },
        localOss,
        answerWithinMs: 4_000,
        maxCallbacksInFlight,
      },
      this.fetched,
    );

  reset(): void {
    this.serves = new Error('no key is served');
    this.warnings.length = 0;
    this.fetched.mockReset().mockImplementation(async () => {
      if (this.serves instanceof Error) throw this.serves;
      return answerOf(this.serves);
    });
  }
}

/** Key hosts for each test of a file, with a clock that moves where the test says so. */
export function useKeyHosts(): KeyHosts {
  const hosts = new KeyHosts();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    hosts.reset();
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(
      (line: string) => void hosts.warnings.push(line),
    );
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return hosts;
}

/** The answer of a host that serves this. */
export function answerOf(text: string): HttpAnswer {
  return { status: 200, headers: {}, text };
}

export function newKey() {
  const pem = createTestKeyPair().publicKey;
  return { pem, fingerprint: fingerprintOf(pem) };
}

function fingerprintOf(pem: string): string {
  const key = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex');
}

/** Whether a callback counts that this key signed. */
export async function accepts(keys: PublicKeys, named: string, signer: string): Promise<boolean> {
  const found = await keys.findSigner(named, ({ fingerprint }) => fingerprint === signer);
  if (found.signed) expect(found.fingerprint).toBe(signer);
  return found.signed;
}

/** The newest key behind a URL; as good as signed by it, so that a URL whose key is known is not looked at again. */
export function newestOf(keys: PublicKeys, named: string): Promise<PublicKey> {
  return keys.findSigner(named, () => true);
}
