import { describe, expect, it } from 'vitest';
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

const [first, second, third] = [newKey(), newKey(), newKey()];
const hosts = useKeyHosts();
const { fetched, keysOf, warnings } = hosts;

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
      fetched.mockImplementation(async ({ url }) => {
        const { hostname } = new URL(url);
        return answerOf(pems.find(([host]) => host === hostname)![1]!);
      });
      const [one, other] = trustedHosts.map((host) =>
        header(`${scheme}://${host}/callback_pub_key_v1.pem`),
      );
      expect(await accepts(keys, one!, first.fingerprint)).toBe(true);
      expect(await accepts(keys, other!, second.fingerprint)).toBe(true);
      // a key counts for its own URL alone
      expect(await accepts(keys, one!, second.fingerprint)).toBe(false);
      expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(false);
      expect(fetched.mock.calls.map(([{ url }]) => url)).toEqual([
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
    await expect(newestOf(keysOf({ trustedHosts }), header(url))).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('are the hint where a host is not among them', async () => {
    const url = 'http://keys.third.example/callback_pub_key_v1.pem';
    await expect(newestOf(keysOf({ trustedHosts }), header(url))).rejects.toMatchObject({
      hint: expect.stringContaining('"publicKeys.trustedHosts"'),
    });
  });
});

describe('pinned fingerprints', () => {
  it('the shipped key is refused where they do not list it, which is said at boot', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    expect(warnings).toEqual([expect.stringContaining(shipped)]);
    hosts.serves = shippedPem;
    for (const found of [newestOf(keys, vendor(1)), accepts(keys, vendor(1), shipped)]) {
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
    hosts.serves = first.pem;
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
    expect(await accepts(keys, vendor(2), first.fingerprint)).toBe(true);
  });

  it('another key of a trusted host is refused, and not fetched for each request', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    hosts.serves = second.pem;
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
    hosts.serves = third.pem;
    expect(await accepts(keys, vendor(1), third.fingerprint)).toBe(false);
    expect(await accepts(keys, vendor(1), shipped)).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(`${third.fingerprint}, before ${shipped}. It is not among`),
    ]);
  });

  it('a replaced key that is not listed does not live on', async () => {
    const keys = keysOf({ fingerprints: [first.fingerprint] });
    hosts.serves = first.pem;
    expect(await accepts(keys, vendor(1), first.fingerprint)).toBe(true);
    expect(await accepts(keys, vendor(1), shipped)).toBe(false);
  });
});
