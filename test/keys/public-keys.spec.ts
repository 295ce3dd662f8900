import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type HttpAnswer, NoAnswerError } from '../../src/oss-client/http-exchange.js';
import {
  answerOf,
  header,
  newestOf,
  newKey,
  shipped,
  useKeyHosts,
  vendor,
  VENDOR_HOST,
} from './key-hosts.js';

const { pem, fingerprint } = newKey();
const hosts = useKeyHosts();
const { fetched, keysOf } = hosts;

describe('the shipped key', () => {
  it.each(['http', 'https'])('is found without the network, named with %s', async (scheme) => {
    const found = await newestOf(keysOf(), vendor(1, scheme));
    expect(found.fingerprint).toBe(shipped);
    expect(found.key.asymmetricKeyDetails?.modulusLength).toBe(512);
    expect(fetched).not.toHaveBeenCalled();
  });
});

describe('another key of the vendor', () => {
  it.each(['http', 'https'])('is fetched once, over https, named with %s', async (scheme) => {
    hosts.serves = pem;
    const keys = keysOf();
    const found = await Promise.all([1, 2, 3].map(() => newestOf(keys, vendor(2, scheme))));
    expect(found.map((one) => one.fingerprint)).toEqual(Array(3).fill(fingerprint));
    expect((await newestOf(keys, vendor(2))).key).toBe(found[0]!.key);
    expect(fetched.mock.calls).toEqual([
      [
        {
          method: 'GET',
          url: `https://${VENDOR_HOST}/callback_pub_key_v2.pem`,
          maxAnswerBytes: 8_192,
          isRepeatable: false,
          endsAtMs: expect.any(Number),
        },
      ],
    ]);
  });

  it('is fetched one at a time', async () => {
    let atOnce = 0;
    let most = 0;
    fetched.mockImplementation(async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      return answerOf(pem);
    });
    const keys = keysOf();
    await Promise.all([4, 3, 2, 4, 3].map((version) => newestOf(keys, vendor(version))));
    expect(most).toBe(1);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it.each<[string, () => Promise<HttpAnswer>]>([
    ['no answer comes', () => Promise.reject(new NoAnswerError(new Error('reset')))],
    ['it is missing', async () => ({ ...answerOf(''), status: 404 })],
    ['another status comes with it', async () => ({ ...answerOf(pem), status: 201 })],
    ['it is no key', async () => answerOf('<html>')],
    ['it is empty', async () => answerOf('')],
    ['it is a key of another type', async () => answerOf(ec())],
  ])('is not had where %s; then the URL is left alone for a while', async (_what, answer) => {
    fetched.mockImplementation(answer);
    const keys = keysOf();
    const refusals = await Promise.allSettled(
      [2, 2, 2].map((version) => newestOf(keys, vendor(version))),
    );
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ reason: { code: 'KEY_UNAVAILABLE' } });
    }
    expect(fetched).toHaveBeenCalledTimes(1);

    vi.setSystemTime(Date.now() + 29_999);
    await expect(newestOf(keys, vendor(2))).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    expect(fetched).toHaveBeenCalledTimes(1);
    fetched.mockImplementation(async () => answerOf(pem));
    await expect(newestOf(keys, vendor(3))).resolves.toBeDefined();

    vi.setSystemTime(Date.now() + 1);
    expect((await newestOf(keys, vendor(2))).fingerprint).toBe(fingerprint);
  });

  it('stays, once had, though it can no longer be fetched', async () => {
    fetched.mockResolvedValueOnce(answerOf(pem)).mockRejectedValue(new Error('down'));
    const keys = keysOf();
    const { key } = await newestOf(keys, vendor(2));
    vi.setSystemTime(Date.now() + 365 * 86_400_000);
    expect((await newestOf(keys, vendor(2))).key).toBe(key);
  });
});

describe("a key that is not OSS's", () => {
  const localOss = { url: 'http://127.0.0.1:9100' };
  const local = header(`${localOss.url}/callback_pub_key_v1.pem`);

  it.each([
    'https://evil.example/callback_pub_key_v1.pem',
    `https://${VENDOR_HOST}.evil.example/callback_pub_key_v1.pem`,
    `https://${VENDOR_HOST}/callback_pub_key_v1.pem?`,
    'http://127.0.0.1:9100/callback_pub_key_v1.pem',
    'http://169.254.169.254/latest/meta-data',
  ])('%s is not trusted, and not asked for', async (url) => {
    await expect(newestOf(keysOf(), header(url))).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
      hint: expect.stringContaining(url),
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('is not trusted where the header is no base64', async () => {
    await expect(newestOf(keysOf({ localOss }), '%%%')).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
  });

  it('is the hint to "localOss" where it is a local one', async () => {
    await expect(newestOf(keysOf(), local)).rejects.toMatchObject({
      hint: expect.stringContaining('"localOss"'),
    });
  });

  it('is trusted from the local OSS of the options, given or fetched', async () => {
    const given = keysOf({ localOss: { ...localOss, publicKey: pem } });
    expect((await newestOf(given, local)).fingerprint).toBe(fingerprint);
    expect(fetched).not.toHaveBeenCalled();

    hosts.serves = pem;
    expect((await newestOf(keysOf({ localOss }), local)).fingerprint).toBe(fingerprint);
    expect(fetched.mock.calls[0]![0].url).toBe('http://127.0.0.1:9100/callback_pub_key_v1.pem');
  });

  it.each([
    'http://127.0.0.1:9101/callback_pub_key_v1.pem',
    'http://127.0.0.1:9100/callback_pub_key_v100.pem',
    'http://127.0.0.1:91001/callback_pub_key_v1.pem',
    'http://127.0.0.1:9100/foreign_callback_pub_key_v1.pem',
    'https://127.0.0.1:9100/callback_pub_key_v1.pem',
    'http://127.0.0.1:9100/callback_pub_key_v1.pem\n',
    'http://127.0.0.1:9100//callback_pub_key_v1.pem',
  ])('%j is not the local OSS', async (url) => {
    await expect(newestOf(keysOf({ localOss }), header(url))).rejects.toMatchObject({
      code: 'KEY_NOT_TRUSTED',
    });
  });
});

function ec(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
