import tls, { type ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readPublicKey } from '../../src/callback/keys/public-key.js';
import { type OssCallbackOptions } from '../../src/index.js';
import { buildCallbackRequest, createTestKeyPair } from '../../src/testing/index.js';
import { selfSignedCertificate } from '../cli/self-signed-certificate.js';
import { authoriseBody, CALLBACK_PATH } from '../support/oss-callbacks.js';
import { type RawResponse, sendRaw } from '../support/raw-http.js';
import { startOss, startTestApp, type TestApp, useDatabase } from '../support/test-app.js';
import { KeyServer } from './key-server.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';

const [first, second] = [createTestKeyPair(), createTestKeyPair()];
const refused = (code: string) => ({ code, message: expect.any(String) });

describe('keys of callbacks', () => {
  const database = useDatabase();
  let keys: KeyServer;
  let world: TestApp;

  beforeEach(async () => {
    keys = new KeyServer();
    await keys.start();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await world.stop();
    await keys.stop();
  });

  async function start(options: Partial<OssCallbackOptions> = {}): Promise<void> {
    world = await startTestApp({
      platform: 'Fastify',
      database,
      options: {
        localOss: { url: keys.url },
        confirmObject: 'never',
        answerWithinMs: LONGEST_ANSWER_MS,
        ...options,
      },
    });
  }

  /** Reports an upload, signed with this key, in place of OSS. */
  async function report({ privateKey }: typeof first, keyUrl?: string): Promise<RawResponse> {
    const { body } = await authoriseBody(world);
    const { headers } = buildCallbackRequest({
      url: CALLBACK_PATH,
      body,
      privateKey,
      localOssUrl: keys.url,
    });
    if (keyUrl) headers['x-oss-pub-key-url'] = Buffer.from(keyUrl).toString('base64');
    return sendRaw(world.url, { target: CALLBACK_PATH, headers, body });
  }

  it('the local OSS is started again with a new key: the next upload counts, without a restart', async () => {
    const oss = await startOss();
    await start({ localOss: { url: oss.url }, confirmObject: 'before-completion' });
    const upload = async () => {
      const { url, method, headers } = await world.uploads.authorizePutObject({
        objectPrefix: 'rotation/',
      });
      const response = await fetch(url, { method, headers, body: 'hello' });
      await response.text();
      return response.status;
    };
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      expect(await upload()).toBe(200);
      await oss.rotateKey({ sameUrl: true });
      vi.setSystemTime(Date.now() + 1_000);
      expect(await upload()).toBe(200);
      await oss.rotateKey();
      expect(await upload()).toBe(200);
    } finally {
      await oss.stop();
    }
  });

  it('bad signatures do not have the key fetched for each, and the last good key stays', async () => {
    await start();
    vi.useFakeTimers({ toFake: ['Date'] });
    keys.serves = first.publicKey;
    expect((await report(first)).status).toBe(200);
    keys.serves = '<html>';
    vi.setSystemTime(Date.now() + 1_000);
    for (let count = 0; count < 20; count += 1) {
      const answer = await report(second);
      expect([answer.status, answer.json()]).toEqual([403, refused('SIGNATURE_INVALID')]);
    }
    expect((await report(first)).status).toBe(200);
    expect(keys.asked).toHaveLength(2);
  });

  it('a key that does not come: 503 in time where it is the first, and no delay for known ones', async () => {
    await start();
    vi.useFakeTimers({ toFake: ['Date'] });
    // not DEADLINE_EXCEEDED: the key was given up before the answer was due
    const answer = await report(first);
    expect([answer.status, answer.json()]).toEqual([503, refused('KEY_UNAVAILABLE')]);

    keys.serves = first.publicKey;
    vi.setSystemTime(Date.now() + 1_000);
    expect((await report(first)).status).toBe(200);
    keys.serves = undefined;
    vi.setSystemTime(Date.now() + 1_000);
    let isForgedAnswered = false;
    const forged = report(second).finally(() => (isForgedAnswered = true));
    await expect.poll(() => keys.asked.length).toBe(3);
    expect((await report(first)).status).toBe(200);
    expect(isForgedAnswered).toBe(false);
    await keys.stop();
    expect((await forged).json()).toEqual(refused('SIGNATURE_INVALID'));
  });

  it('a trusted host of a private cloud serves its key over https; another host is not asked', async () => {
    const certificate = selfSignedCertificate({ name: 'keys.cloud.example' });
    const cloud = new KeyServer(certificate);
    await cloud.start();
    cloud.serves = first.publicKey;
    const { connect } = tls;
    // Every name leads to that server.
    const connected = vi.spyOn(tls, 'connect').mockImplementation(((options: ConnectionOptions) =>
      connect({
        ...options,
        host: '127.0.0.1',
        port: cloud.port,
        ca: certificate.cert,
      })) as typeof connect);
    try {
      await start({ publicKeys: { trustedHosts: ['keys.cloud.example'] } });
      const named = 'http://keys.cloud.example/callback_pub_key_v1.pem';
      expect((await report(first, named)).status).toBe(200);
      for (const url of [
        'https://other.cloud.example/callback_pub_key_v1.pem',
        'https://keys.cloud.example:443/callback_pub_key_v1.pem',
        'https://keys.cloud.example/callback_pub_key_v1.pem?x',
      ]) {
        const answer = await report(first, url);
        expect([answer.status, answer.json()]).toEqual([403, refused('KEY_NOT_TRUSTED')]);
      }
      expect(cloud.asked).toEqual(['/callback_pub_key_v1.pem']);
      expect(connected.mock.calls).toEqual([
        [expect.objectContaining({ host: 'keys.cloud.example', port: 443 })],
      ]);
    } finally {
      connected.mockRestore();
      await cloud.stop();
    }
  });

  it('with pinned fingerprints no other key counts, wherever it comes from', async () => {
    const { fingerprint } = readPublicKey(first.publicKey);
    await start({ publicKeys: { fingerprints: [fingerprint] } });
    keys.serves = second.publicKey;
    const answer = await report(second);
    expect([answer.status, answer.json()]).toEqual([403, refused('KEY_NOT_TRUSTED')]);

    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 1_000);
    keys.serves = first.publicKey;
    expect((await report(first)).status).toBe(200);
    expect((await report(second)).status).toBe(403);
    const shipped = await report(first, 'http://gosspublic.alicdn.com/callback_pub_key_v1.pem');
    expect([shipped.status, shipped.json()]).toEqual([403, refused('KEY_NOT_TRUSTED')]);
  });
});
