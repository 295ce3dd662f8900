import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import { platforms } from '../support/platforms.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { sendRaw } from '../support/raw-http.js';
import { startGatedApp } from './gated-app.js';
import { useWorld } from '../support/test-app.js';

const MB = 1024 * 1024;
const BODY_BYTES = 60_000;
const REQUESTS = 128;
const AT_ONCE = 16;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What bodies and other buffers hold, once nothing more can be collected. */
async function heldBytes(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

describe.each(platforms)('a flood of large bodies on %s', (platform) => {
  const world = useWorld(
    () => startGatedApp(platform, { answerWithinMs: LONGEST_ANSWER_MS }),
    beforeEach,
  );

  it.each(['/oss/callback', '/guarded'])(
    'to %s leaves nothing in memory once it is answered',
    async (target) => {
      const send = () => sendRaw(world.url, { target, body: Buffer.alloc(BODY_BYTES, 'a') });
      await send();
      const before = await heldBytes();
      for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
        const answers = await Promise.all(Array.from({ length: AT_ONCE }, send));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      }
      const growth = (await heldBytes()) - before;
      console.log(`${platform} ${target}: ${(growth / MB).toFixed(1)} MB held`);
      expect(growth).toBeLessThan((REQUESTS * BODY_BYTES) / 4);
    },
  );
});
