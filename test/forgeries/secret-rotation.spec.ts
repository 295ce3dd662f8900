import { describe, expect, it } from 'vitest';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { startAppForTest, type TestApp } from '../support/test-app.js';
import { expectRefused } from './refused.js';

const OLD_SECRET = 'b2xkIHNlY3JldCBmb3IgdGVzdHMsIGxvbmcgZW5vdWdoIHRvIHBhc3M=';
const NEW_SECRET = 'bmV3IHNlY3JldCBmb3IgdGVzdHMsIGxvbmcgZW5vdWdoIHRvIHBhc3M=';

describe('a ticket of an old secret', () => {
  const start = (secrets: string[], shared: Partial<TestApp> = {}) =>
    startAppForTest({
      platform: 'Fastify',
      oss: shared.oss,
      database: shared.database,
      signsCallbacks: true,
      options: { publicUrl: 'https://api.example.com', tickets: { secrets } },
    });

  it('counts while the secret is listed, and is refused when it is gone', async () => {
    const old = await start([OLD_SECRET]);
    const [first, second] = [await authoriseBody(old), await authoriseBody(old)];
    const both = await start([NEW_SECRET, OLD_SECRET], old);
    expect((await sendCallback(both, { body: first.body })).status).toBe(200);
    const without = await start([NEW_SECRET], old);
    await expectRefused(without, () => sendCallback(without, { body: second.body }), {
      status: 403,
      code: 'TICKET_INVALID',
      message: 'The ticket is not valid.',
      signed: true,
      reason: 'none of "tickets.secrets" signed it',
    });
  });
});
