import { describe, expect, it, vi } from 'vitest';
import type { HttpAnswer } from '../../src/oss-client/http-exchange.js';
import {
  accepts,
  answerOf,
  header,
  newestOf,
  newKey,
  shipped,
  shippedPem,
  useKeyHosts,
  vendor,
} from './key-hosts.js';

const MINUTE_MS = 60_000;
const [first, second] = [newKey(), newKey()];
const hosts = useKeyHosts();
const { fetched, keysOf, warnings } = hosts;

describe('the key behind the known URL changes', () => {
  it.each(['http', 'https'])(
    'the new one counts, named with %s, from the first callback on',
    async (scheme) => {
      const keys = keysOf();
      hosts.serves = first.pem;
      expect(await accepts(keys, vendor(1, scheme), shipped)).toBe(true);
      expect(fetched).not.toHaveBeenCalled();
      expect(await accepts(keys, vendor(1, scheme), first.fingerprint)).toBe(true);
      expect(fetched.mock.calls.map(([{ url }]) => url)).toEqual([
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
    hosts.serves = first.pem;
    await accepts(keys, vendor(1), first.fingerprint);
    vi.setSystemTime(Date.now() + 10 * MINUTE_MS - 1);
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    vi.setSystemTime(Date.now() + 1);
    expect(await accepts(keys, vendor(1), shipped)).toBe(false);
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
  });

  it('to and fro: both count while hosts disagree', async () => {
    const keys = keysOf();
    hosts.serves = first.pem;
    await accepts(keys, vendor(1), first.fingerprint);
    vi.setSystemTime(Date.now() + 11 * MINUTE_MS);
    hosts.serves = shippedPem;
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
  });

  it('a key that was fetched is renewed likewise', async () => {
    const keys = keysOf();
    hosts.serves = first.pem;
    expect(await accepts(keys, vendor(2), first.fingerprint)).toBe(true);
    vi.setSystemTime(Date.now() + 3 * MINUTE_MS);
    hosts.serves = second.pem;
    expect(await accepts(keys, vendor(2), second.fingerprint)).toBe(true);
    expect(fetched).toHaveBeenCalledTimes(2);
  });
});

describe('bad signatures are sent', () => {
  it('they cause one fetch in three minutes, however many come', async () => {
    const keys = keysOf();
    hosts.serves = shippedPem;
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
    hosts.serves = first.pem;
    expect(await accepts(keys, vendor(2), 'forged')).toBe(false);
    vi.setSystemTime(Date.now() + 3 * MINUTE_MS - 1);
    expect(await accepts(keys, vendor(2), 'forged')).toBe(false);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it.each<[string, string | Error]>([
    ['is not available', new Error('no answer')],
    ['is none', '<html>'],
  ])('the last good key stays where another one %s', async (_what, answer) => {
    const keys = keysOf();
    hosts.serves = answer;
    for (const scheme of ['http', 'https']) {
      expect(await accepts(keys, vendor(1, scheme), 'forged')).toBe(false);
      expect(await accepts(keys, vendor(1, scheme), shipped)).toBe(true);
    }
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it.each([
    [512, 64],
    [20, 10],
    [1, 1],
  ])('with places for %i callbacks, %i wait for a fetch; those with good signatures do not wait', async (maxCallbacksInFlight, waiting) => {
    const keys = keysOf({ maxCallbacksInFlight });
    let answer = (_answer: HttpAnswer): void => undefined;
    fetched.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const refused: unknown[] = [];
    const forged = Array.from({ length: 100 }, () =>
      accepts(keys, vendor(1), 'forged').catch((error: unknown) => void refused.push(error)),
    );
    await new Promise(setImmediate);
    // whether the key of today signed them, nothing tells
    expect(refused).toHaveLength(100 - waiting);
    for (const error of refused) expect(error).toMatchObject({ code: 'KEY_UNAVAILABLE' });
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    answer(answerOf(shippedPem));
    const answers = await Promise.all(forged);
    expect(answers.filter((accepted) => accepted === false)).toHaveLength(waiting);
    expect(fetched).toHaveBeenCalledTimes(1);
  }); // prettier-ignore

  it('made-up versions stand in no one’s way: the lowest is fetched first', async () => {
    const keys = keysOf();
    const order: string[] = [];
    fetched.mockImplementation(async ({ url }) => {
      order.push(url);
      return answerOf(first.pem);
    });
    await Promise.all([9, 99, 50, 2, 98].map((version) => newestOf(keys, vendor(version))));
    expect(order.map((url) => /v\d+/.exec(url)![0])).toEqual(['v9', 'v2', 'v50', 'v98', 'v99']);
  });

  it('a URL without a key is left alone for longer and longer, five minutes at most', async () => {
    const keys = keysOf();
    hosts.serves = new Error('no answer');
    const pausesMs: number[] = [];
    let atMs = Date.now();
    while (pausesMs.length < 6) {
      const before = fetched.mock.calls.length;
      await expect(newestOf(keys, vendor(77))).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
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
    const keys = keysOf({ localOss });
    hosts.serves = first.pem;
    expect(await accepts(keys, local(), first.fingerprint)).toBe(true);
    hosts.serves = second.pem;
    vi.setSystemTime(Date.now() + 1_000);
    expect(await accepts(keys, local(), second.fingerprint)).toBe(true);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await accepts(keys, local(), first.fingerprint)).toBe(false);
  });

  it('its further versions count too', async () => {
    hosts.serves = first.pem;
    expect(await accepts(keysOf({ localOss }), local(2), first.fingerprint)).toBe(true);
  });

  it('a key that could not be had is asked for again a second later', async () => {
    const keys = keysOf({ localOss });
    hosts.serves = new Error('no answer');
    for (let count = 0; count < 3; count += 1) {
      await expect(newestOf(keys, local())).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
      vi.setSystemTime(Date.now() + 1_000);
    }
    expect(fetched).toHaveBeenCalledTimes(3);
    hosts.serves = first.pem;
    expect(await accepts(keys, local(), first.fingerprint)).toBe(true);
  });

  it('with the key in the options, it is the only one, and nothing is fetched', async () => {
    const keys = keysOf({ localOss: { ...localOss, publicKey: first.pem } });
    hosts.serves = second.pem;
    vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
    expect(await accepts(keys, local(), second.fingerprint)).toBe(false);
    await expect(newestOf(keys, local(2))).rejects.toMatchObject({ code: 'KEY_NOT_TRUSTED' });
    // nor is the key of OSS, which a laptop does not need
    expect(await accepts(keys, vendor(1), 'forged')).toBe(false);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('is held to pinned fingerprints as everybody', async () => {
    const fingerprints = [shipped];
    const keys = keysOf({ fingerprints, localOss: { ...localOss, publicKey: first.pem } });
    expect(warnings).toEqual([expect.stringMatching(`"localOss.publicKey", ${first.fingerprint}`)]);
    await expect(accepts(keys, local(), first.fingerprint)).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
  });
});
