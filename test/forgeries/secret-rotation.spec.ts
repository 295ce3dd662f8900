import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { authoriseBody, localOssOf, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import {
  createMigratedDatabase,
  startOss,
  startTestApp,
  type TestApp,
} from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { expectRefused } from './refused.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
}

const OLD_SECRET = 'b2xkIHNlY3JldCBmb3IgdGVzdHMsIGxvbmcgZW5vdWdoIHRvIHBhc3M=';
const NEW_SECRET = 'bmV3IHNlY3JldCBmb3IgdGVzdHMsIGxvbmcgZW5vdWdoIHRvIHBhc3M=';

describe.each(platforms)('a ticket of an old secret, on %s', (platform) => {
  let oss: OssSimulator;
  let database: TestDatabase;

  beforeAll(async () => {
    oss = await startOss();
    database = await createMigratedDatabase();
  });
  afterAll(async () => {
    await oss.stop();
    await database.drop();
  });

  async function withSecrets(secrets: string[], work: (world: TestApp) => Promise<void>) {
    const world = await startTestApp({
      platform,
      oss,
      database,
      controllers: [CallbackController],
      options: {
        publicUrl: 'https://api.example.com',
        localOss: localOssOf(oss),
        confirmObject: 'never',
        tickets: { secrets },
      },
    });
    try {
      await work(world);
    } finally {
      await world.stop();
    }
  }

  it('counts while the secret is listed, and is refused when it is gone', async () => {
    const bodies: string[] = [];
    await withSecrets([OLD_SECRET], async (world) => {
      for (let count = 0; count < 2; count += 1) bodies.push((await authoriseBody(world)).body);
    });
    const [first = '', second = ''] = bodies;
    await withSecrets([NEW_SECRET, OLD_SECRET], async (world) => {
      expect((await sendCallback(world, { body: first })).status).toBe(200);
    });
    await withSecrets([NEW_SECRET], async (world) => {
      await expectRefused(world, () => sendCallback(world, { body: second }), {
        status: 403,
        code: 'TICKET_INVALID',
        message: 'The ticket is not valid.',
        signed: true,
        reason: 'none of "tickets.secrets" made it',
      });
    });
  });
});
