import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OSS_CALLBACK_PUBLIC_KEYS } from '../protocol/public-key-url.js';
import { createTestKeyPair } from '../testing/create-test-key-pair.js';
import { readPublicKey } from './public-key.js';
import { PublicKeys, type PublicKeysOptions } from './public-keys.js';

const header = (url: string) => Buffer.from(url).toString('base64');
const vendor = (version: number, scheme = 'https') =>
  header(`${scheme}://gosspublic.alicdn.com/callback_pub_key_v${version}.pem`);

const [shippedPem = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
const shipped = fingerprintOf(shippedPem);
const [first, second, third] = [newKey(), newKey(), newKey()];

/** What the key hosts serve; an error is what a fetch fails with. */
let served: string | Error;
const fetched = vi.fn<typeof fetch>();
let warnings: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  fetched.mockReset().mockImplementation(async () => {
    if (served instanceof Error) throw served;
    return new Response(served);
  });
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function keysOf(
  publicKeys: Partial<PublicKeysOptions['publicKeys']> = {},
  localOss?: PublicKeysOptions['localOss'],
): PublicKeys {
  return new PublicKeys(
    {
      publicKeys: { trustedHosts: [], fingerprints: [], ...publicKeys },
      localOss,
      answerWithinMs: 4_000,
    },
    fetched,
  );
}

function newKey() {
  const pem = createTestKeyPair().publicKey;
  return { pem, fingerprint: fingerprintOf(pem) };
}

function fingerprintOf(pem: string): string {
  return readPublicKey(pem).fingerprint;
}

/** Whether a callback counts that this key signed. */
async function accepts(keys: PublicKeys, named: string, signer: string): Promise<boolean> {
  const found = await keys.findSigner(named, ({ fingerprint }) => fingerprint === signer);
  if (found.signed) expect(found.fingerprint).toBe(signer);
  return found.signed;
}

describe('trusted hosts', () => {
  const trustedHosts = ['keys.cloud.example', 'keys.other.example'];

  it.each(['http', 'https'])(
    'serve keys of their own, over https, named with %s',
    async (scheme) => {
      const keys = keysOf({ trustedHosts });
      const pems = [
        ['keys.cloud.example', first.pem],
        ['keys.other.example', second.pem],
        ['gosspublic.alicdn.com', shippedPem],
      ];
      fetched.mockImplementation(async (url) => {
        const { hostname } = new URL(url);
        return new Response(pems.find(([host]) => host === hostname)![1]);
      });
      const [one, other] = trustedHosts.map((host) =>
        header(`${scheme}://${host}/callback_pub_key_v1.pem`),
      );
      expect(await accepts(keys, one!, first.fingerprint)).toBe(true);
      expect(await accepts(keys, other!, second.fingerprint)).toBe(true);
      // a key counts for its own URL alone
      expect(await accepts(keys, one!, second.fingerprint)).toBe(false);
      expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(false);
      expect(fetched.mock.calls.map(([url]) => url)).toEqual([
        'https://keys.cloud.example/callback_pub_key_v1.pem',
        'https://keys.other.example/callback_pub_key_v1.pem',
        'https://gosspublic.alicdn.com/callback_pub_key_v1.pem',
      ]);
    },
  );

  it.each([
    'https://keys.cloud.example.evil.example/callback_pub_key_v1.pem',
    'https://sub.keys.cloud.example/callback_pub_key_v1.pem',
    'https://keys.cloud.example:8443/callback_pub_key_v1.pem',
    'https://keys.cloud.example@evil.example/callback_pub_key_v1.pem',
    'https://keys.cloud.example/other.pem',
  ])('are meant exactly: %s is not asked', async (url) => {
    await expect(keysOf({ trustedHosts }).find(header(url))).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('are the hint where a host is not among them', async () => {
    const url = 'http://keys.third.example/callback_pub_key_v1.pem';
    await expect(keysOf({ trustedHosts }).find(header(url))).rejects.toMatchObject({
      hint: expect.stringContaining('"publicKeys.trustedHosts"'),
    });
  });
});

describe('pinned fingerprints', () => {
  it('the shipped key is refused where they do not list it, which is said at boot', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    expect(warnings).toEqual([expect.stringContaining(shipped)]);
    served = shippedPem;
    for (const found of [keys.find(vendor(1)), accepts(keys, vendor(1), shipped)]) {
      await expect(found).rejects.toMatchObject({
        code: 'KEY_NOT_TRUSTED',
        hint: expect.stringMatching(`${shipped}.*"publicKeys.fingerprints"`),
      });
    }
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('the shipped key counts where they list it, and nothing is said', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint, shipped] });
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('a listed key counts wherever a trusted host serves it, also behind the known URL', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    served = first.pem;
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
    expect(await accepts(keys, vendor(2), first.fingerprint)).toBe(true);
  });

  it('another key of a trusted host is refused, and not fetched for each request', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    served = second.pem;
    for (let count = 0; count < 10; count += 1) {
      await expect(accepts(keys, vendor(2), second.fingerprint)).rejects.toMatchObject({
        code: 'KEY_NOT_TRUSTED',
        hint: expect.stringContaining(second.fingerprint),
      });
    }
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('a listed key stays when the host serves one that is not listed, and the log says so', async () => {
    const keys = keysOf({ fingerprints: [shipped] });
    served = third.pem;
    expect(await accepts(keys, vendor(1), third.fingerprint)).toBe(false);
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(`${third.fingerprint}, before ${shipped}. It is not among`),
    ]);
  });

  it('a replaced key that is not listed does not live on', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    served = first.pem;
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
    expect(await accepts(keys, vendor(1), shipped)).toBe(false);
  });
});
