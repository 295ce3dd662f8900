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
        const { hostname } = new URL(String(url));
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
