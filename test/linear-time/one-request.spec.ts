import { beforeEach, describe, expect, it } from 'vitest';
import { genuine } from '../genuine/genuine-callbacks.js';
import { elapsedCpuMs } from '../support/cpu-time.js';
import { CALLBACK_PATH, callbackHeaders } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startTestApp, useWorld } from '../support/test-app.js';

/** Twice this many failed signatures are looked into within a minute. */
const ROUNDS = 5;
/** Of the processor time of a plain body of the same size; a square of its size takes a hundred times that. */
const MOST = 5;

const bodies: [what: string, bodyOf: (bytes: number) => string][] = [
  ['line feeds before its last character', (bytes) => `${'\n'.repeat(bytes - 1)}x`],
  ['a string of JSON without an end', (bytes) => `{"${'\\"'.repeat(bytes / 2 - 1)}`],
  ['brackets within brackets', (bytes) => `{"a":${'['.repeat(bytes - 5)}`],
  ['values of a form that begin with a quote', (bytes) => 'a="&'.repeat(bytes / 4)],
  ['escapes', (bytes) => `a=${'%2f'.repeat((bytes - 2) / 3)}`],
];

const published = {
  authorization: genuine('docs-signature-example').authorization,
  'x-oss-pub-key-url': genuine('docs-signature-example').xOssPubKeyUrl,
};

describe.each(platforms)('one request does not block an app on %s:', (platform) => {
  const world = useWorld(() => startTestApp({ platform, signsCallbacks: true }), beforeEach);

  /** The processor time of a refused request, client included: the median of several. */
  async function medianCpuMs(headers: Record<string, string>, body: string): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = process.cpuUsage();
      const response = await sendRaw(world.url, { target: CALLBACK_PATH, headers, body });
      times.push(elapsedCpuMs(startedAt));
      expect(response.json()).toMatchObject({ code: 'SIGNATURE_INVALID' });
    }
    return times.toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)]!;
  }

  it.each(bodies)(
    'the signature that the documentation of OSS publishes, over 64 KB of %s',
    async (_what, bodyOf) => {
      const plain = await medianCpuMs(published, 'a'.repeat(65_536));
      const intricate = await medianCpuMs(published, bodyOf(65_536));
      expect(intricate / plain).toBeLessThan(MOST);
    },
  );

  it.each(bodies)(
    'a signature that another customer of OSS had made, over 16 KB of %s',
    async (_what, bodyOf) => {
      const { 'content-length': _, ...signed } = callbackHeaders(world, { body: 'another' });
      // for what only the first requests cost; a forged signature is not looked into
      const forged = { ...signed, authorization: Buffer.alloc(64, 7).toString('base64') };
      await medianCpuMs(forged, 'a'.repeat(16_384));
      const plain = await medianCpuMs(signed, 'a'.repeat(16_384));
      const intricate = await medianCpuMs(signed, bodyOf(16_384));
      expect(intricate / plain).toBeLessThan(MOST);
    },
  );
});
