import { ConsoleLogger, Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { OssCallback } from '../../src/index.js';
import { keyPair, localOssOf } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startOss, startTestApp, TICKET_SECRET } from '../support/test-app.js';
import { flood } from './flood-requests.js';

// The short form of flood.ts, which `npm run test:soak` runs.
const UNSIGNED = 2_000;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
}

class Log extends ConsoleLogger {
  lines = 0;
  override log(): void {}
  override warn(): void {
    this.lines += 1;
  }
  override error(): void {
    this.lines += 1;
  }
}

it.each(platforms)(
  'a flood of unsigned requests keeps no signed callback from %s',
  { timeout: 120_000 },
  async (platform) => {
    const oss = await startOss();
    const logger = new Log();
    const world = await startTestApp({
      platform,
      oss,
      logger,
      controllers: [CallbackController],
      options: {
        localOss: localOssOf(oss),
        confirmObject: 'never',
        tickets: { secrets: [TICKET_SECRET], required: false },
      },
    });
    try {
      const figures = await flood({
        url: world.url,
        ossUrl: oss.url,
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
      expect(logger.lines).toBeLessThanOrEqual(90 * figures.minutes);
    } finally {
      await world.stop();
      await oss.stop();
    }
  },
);
