import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OSS_CALLBACK_PUBLIC_KEYS } from '../protocol/public-key-url.js';
import { createTestKeyPair } from '../testing/create-test-key-pair.js';
import { readPublicKey } from './public-key.js';
import { PublicKeys, type PublicKeysOptions } from './public-keys.js';

const MINUTE_MS = 60_000;
const header = (url: string) => Buffer.from(url).toString('base64');
const vendor = (version: number, scheme = 'https') =>
  header(`${scheme}://gosspublic.alicdn.com/callback_pub_key_v${version}.pem`);

const [shippedPem = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
const shipped = fingerprintOf(shippedPem);
const [first, second] = [newKey(), newKey()];

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

describe('the key behind the known URL changes', () => {
  it.each(['http', 'https'])(
    'the new one counts, named with %s, from the first callback on',
    async (scheme) => {
      const keys = keysOf();
      served = first.pem;
      expect(await accepts(keys, vendor(1, scheme), shipped)).toBe(true);
      expect(fetched).not.toHaveBeenCalled();
      expect(await accepts(keys, vendor(1, scheme), first.fingerprint)).toBe(true);
      expect(fetched.mock.calls.map(([url]) => url)).toEqual([
        'https://gosspublic.alicdn.com/callback_pub_key_v1.pem',
      ]);
      expect(warnings).toEqual([
        expect.stringMatching(
          `serves another key: fingerprint ${first.fingerprint}, before ${shipped}`,
        ),
      ]);
    },
  );

  it('the one before it counts for ten more minutes, for not all of OSS changes at one moment', async () => {
    const keys = keysOf();
    served = first.pem;
    await accepts(keys, vendor(1), first.fingerprint);
    vi.setSystemTime(Date.now() + 10 * MINUTE_MS - 1);
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    vi.setSystemTime(Date.now() + 1);
    expect(await accepts(keys, vendor(1), shipped)).toBe(false);
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
  });

  it('to and fro: both count while hosts disagree', async () => {
    const keys = keysOf();
    served = first.pem;
    await accepts(keys, vendor(1), first.fingerprint);
    vi.setSystemTime(Date.now() + 11 * MINUTE_MS);
    served = shippedPem;
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
  });

  it('a key that was fetched is renewed likewise', async () => {
    const keys = keysOf();
    served = first.pem;
    expect(await accepts(keys, vendor(2), first.fingerprint)).toBe(true);
    vi.setSystemTime(Date.now() + 3 * MINUTE_MS);
    served = second.pem;
    expect(await accepts(keys, vendor(2), second.fingerprint)).toBe(true);
    expect(fetched).toHaveBeenCalledTimes(2);
  });
});

describe('somebody sends bad signatures', () => {
  it('they cause one fetch in three minutes, however many come', async () => {
    const keys = keysOf();
    served = shippedPem;
    for (let minute = 0; minute < 9; minute += 1) {
      for (let count = 0; count < 100; count += 1) {
        expect(await accepts(keys, vendor(1), 'forged')).toBe(false);
      }
      vi.setSystemTime(Date.now() + MINUTE_MS);
    }
    expect(fetched).toHaveBeenCalledTimes(3);
    expect(warnings).toEqual([]);
  });

  it('a key that was just fetched is not fetched again for them', async () => {
    const keys = keysOf();
    served = first.pem;
    expect(await accepts(keys, vendor(2), 'forged')).toBe(false);
    vi.setSystemTime(Date.now() + 3 * MINUTE_MS - 1);
    expect(await accepts(keys, vendor(2), 'forged')).toBe(false);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it.each<[string, string | Error]>([
    ['cannot be had', new TypeError('fetch failed')],
    ['is none', '<html>'],
  ])('the last good key stays where another one %s', async (_what, answer) => {
    const keys = keysOf();
    served = answer;
    for (const scheme of ['http', 'https']) {
      expect(await accepts(keys, vendor(1, scheme), 'forged')).toBe(false);
      expect(await accepts(keys, vendor(1, scheme), shipped)).toBe(true);
    }
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('no more than 64 of them wait for a fetch; callbacks with good signatures do not wait', async () => {
    const keys = keysOf();
    let answer = (_response: Response): void => undefined;
    fetched.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    let settled = 0;
    const forged = Array.from({ length: 100 }, () =>
      accepts(keys, vendor(1), 'forged').finally(() => (settled += 1)),
    );
    await new Promise(setImmediate);
    expect(settled).toBe(36);
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    answer(new Response(shippedPem));
    expect(await Promise.all(forged)).toEqual(Array(100).fill(false));
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('made-up versions stand in no one’s way: the lowest is fetched first', async () => {
    const keys = keysOf();
    const order: unknown[] = [];
    fetched.mockImplementation(async (url) => {
      order.push(url);
      return new Response(first.pem);
    });
    await Promise.all([9, 99, 50, 2, 98].map((version) => keys.find(vendor(version))));
    expect(order.map((url) => /v\d+/.exec(String(url))![0])).toEqual([
      'v9',
      'v2',
      'v50',
      'v98',
      'v99',
    ]);
  });

  it('a URL without a key is left alone for longer and longer, five minutes at most', async () => {
    const keys = keysOf();
    served = new TypeError('fetch failed');
    const pausesMs: number[] = [];
    let atMs = Date.now();
    while (pausesMs.length < 6) {
      const before = fetched.mock.calls.length;
      await expect(keys.find(vendor(77))).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
      if (fetched.mock.calls.length > before) {
        pausesMs.push(Date.now() - atMs);
        atMs = Date.now();
      }
      vi.setSystemTime(Date.now() + 1_000);
    }
    expect(pausesMs.slice(1)).toEqual([30_000, 60_000, 120_000, 240_000, 300_000]);
  });
});

describe('a local OSS that is started again', () => {
  const localOss = { url: 'http://127.0.0.1:9100' };
  const local = (version = 1) => header(`${localOss.url}/callback_pub_key_v${version}.pem`);

  it('its new key counts a second later, and the one before it no longer', async () => {
    const keys = keysOf({}, localOss);
    served = first.pem;
    expect(await accepts(keys, local(), first.fingerprint)).toBe(true);
    served = second.pem;
    vi.setSystemTime(Date.now() + 1_000);
    expect(await accepts(keys, local(), second.fingerprint)).toBe(true);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await accepts(keys, local(), first.fingerprint)).toBe(false);
  });

  it('its further versions count too', async () => {
    served = first.pem;
    expect(await accepts(keysOf({}, localOss), local(2), first.fingerprint)).toBe(true);
  });

  it('a key that could not be had is asked for again a second later', async () => {
    const keys = keysOf({}, localOss);
    served = new TypeError('fetch failed');
    for (let count = 0; count < 3; count += 1) {
      await expect(keys.find(local())).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
      vi.setSystemTime(Date.now() + 1_000);
    }
    expect(fetched).toHaveBeenCalledTimes(3);
    served = first.pem;
    expect(await accepts(keys, local(), first.fingerprint)).toBe(true);
  });

  it('with the key in the options, it is the only one, and nothing is fetched', async () => {
    const keys = keysOf({}, { ...localOss, publicKey: first.pem });
    served = second.pem;
    vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
    expect(await accepts(keys, local(), second.fingerprint)).toBe(false);
    await expect(keys.find(local(2))).rejects.toMatchObject({ code: 'KEY_NOT_TRUSTED' });
    // nor is the key of OSS, which a laptop does not need
    expect(await accepts(keys, vendor(1), 'forged')).toBe(false);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('is held to pinned fingerprints as everybody', async () => {
    const fingerprints = [shipped];
    const keys = keysOf({ fingerprints }, { ...localOss, publicKey: first.pem });
    expect(warnings).toEqual([expect.stringMatching(`"localOss.publicKey", ${first.fingerprint}`)]);
    await expect(accepts(keys, local(), first.fingerprint)).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
  });
});
