import { expect, it } from 'vitest';
import { startGatedApp } from '../limits/gated-app.js';
import { authoriseBody, callbackHeaders } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendCallbacksBeside } from './callbacks-beside.js';
import { HalfSentBodies } from './half-sent-bodies.js';

const MAX_CALLBACKS_IN_FLIGHT = 128;
const CALLBACKS = 60;

it.each(
  platforms.flatMap((platform) =>
    ['/oss/callback', '/guarded'].flatMap((target) =>
      [1, 3].map((times) => ({ platform, target, times })),
    ),
  ),
)(
  'half-sent bodies, $times times as many as places, keep no callback from $target on $platform',
  async ({ platform, target, times }) => {
    const world = await startGatedApp(platform, { maxCallbacksInFlight: MAX_CALLBACKS_IN_FLIGHT });
    const connections = times * MAX_CALLBACKS_IN_FLIGHT;
    const halfSent = new HalfSentBodies({ url: world.url, target, connections, pauseMs: 200 });
    try {
      const callbacks = [];
      for (let count = 0; count < CALLBACKS; count += 1) {
        const { body } = await authoriseBody(world, {}, { target });
        callbacks.push({
          method: 'POST' as const,
          url: target,
          headers: callbackHeaders(world, { body, target }),
          body: Buffer.from(body),
        });
      }
      await halfSent.start();
      const figures = await sendCallbacksBeside(world.url, 20, callbacks);
      console.log(`${platform} ${target}, ${connections} half-sent: ${JSON.stringify(figures)}`);
      expect(figures.share).toBeGreaterThanOrEqual(0.95);
    } finally {
      halfSent.stop();
      await world.stop();
    }
  },
);
