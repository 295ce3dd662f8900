import { expect, it } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { keyPair } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { LogLines } from '../support/log-lines.js';
import { startAppForTest, TICKET_SECRET } from '../support/test-app.js';
import { flood } from './flood-requests.js';

// A short form of flood.ts, which `npm run test:soak` runs.
const UNSIGNED = 2_000;

it.each(platforms)(
  'a flood of unsigned requests keeps no signed callback from %s',
  async (platform) => {
    const logger = new LogLines();
    const world = await startAppForTest({
      platform,
      logger,
      signsCallbacks: true,
      options: { tickets: { secrets: [TICKET_SECRET], required: false } },
    });
    const figures = await flood({
      url: world.url,
      ossUrl: world.oss.url,
      privateKey: keyPair.privateKey,
      unsigned: UNSIGNED,
      signed: 100,
      dataSource: world.dataSource,
      endApp: () => world.app.get(CallbackRefusals).flush(),
    });
    console.log(`${platform}: ${JSON.stringify(figures)}`);
    expect(figures.signedShare).toBeGreaterThanOrEqual(0.9);
    expect(figures.unsignedRefused).toBe(UNSIGNED);
    expect(figures.unsignedOnRecord).toBe(UNSIGNED);
    expect(figures.unsignedRows).toBeLessThanOrEqual(8 * figures.minutes);
    // 20 lines of each of four codes in a minute, a line for what was counted, and the warnings at boot
    expect(logger.lines.length).toBeLessThanOrEqual(90 * figures.minutes);
  },
);
