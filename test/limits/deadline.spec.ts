import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CanActivate, INestApplication, NestInterceptor } from '@nestjs/common';
import { NEVER, mergeMap } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogLines } from '../support/log-lines.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startAppForTest, startTestApp, useDatabase, useWorld } from '../support/test-app.js';
import { outcomeOf, startGatedApp } from './gated-app.js';
import { ANSWER_WITHIN_MS, LONGEST_ANSWER_MS } from '../support/answer-times.js';

/** Where nothing has to be done by then. */
const SHORT_MS = 300;
/** For two fetches of keys that never come, each half as long. */
const KEYS_WITHIN_MS = 1_000;

/** A host's own, which waits for something that does not come. */
const hanging: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(mergeMap(() => NEVER)),
};

const hangingBefore: NestInterceptor = { intercept: () => NEVER };
const hangingGuard: CanActivate = { canActivate: () => new Promise(() => undefined) };

describe.each(platforms)('an answer on %s', (platform) => {
  const database = useDatabase();

  it('leaves in time where an interceptor of the host holds it back', async () => {
    const world = await startAppForTest({
      platform,
      database,
      signsCallbacks: true,
      configure: (app) => void app.useGlobalInterceptors(hanging),
      options: { answerWithinMs: ANSWER_WITHIN_MS },
    });
    const { body, uploadId } = await authoriseBody(world);
    const answer = await sendCallback(world, { body });
    expect(outcomeOf(answer)).toEqual([200, { uploadId }]);
  });

  describe('that is 503 for want of time', () => {
    const start = (answerWithinMs: number) => () =>
      startTestApp({
        platform,
        database,
        signsCallbacks: true,
        configure: (app) => void app.useGlobalGuards(hangingGuard),
        options: { answerWithinMs },
      });
    const patient = useWorld(start(LONGEST_ANSWER_MS));
    const hurried = useWorld(start(SHORT_MS));

    it.each<[what: string, sentOf: (body: string) => string]>([
      ['a guard of the host hangs', (body) => body],
      ['the end of the body does not come', (body) => body.slice(0, -1)],
    ])('comes after the answerWithinMs of its app, where %s', async (_what, sentOf) => {
      const enough = new AbortController();
      onTestFinished(() => enough.abort());
      const answers: Promise<{ url: string; outcome: unknown }>[] = [];
      for (const world of [patient, hurried]) {
        const { body } = await authoriseBody(world);
        const headers = callbackHeaders(world, { body });
        const request = { target: CALLBACK_PATH, headers, body: sentOf(body) };
        const answer = sendRaw(world.url, request, enough.signal);
        answers.push(answer.then((response) => ({ url: world.url, outcome: outcomeOf(response) })));
      }
      // the patient app was asked first
      expect(await Promise.race(answers)).toMatchObject({
        url: hurried.url,
        outcome: [503, { code: 'DEADLINE_EXCEEDED' }],
      });
    });
  });

  it.each<[what: string, tells: string, answerWithinMs: number, configure: (app: INestApplication) => unknown]>([
    ['a guard of the host hangs', 'it was not verified by then', SHORT_MS, (app) => app.useGlobalGuards(hangingGuard)],
    ['an interceptor of the host hangs', 'it was verified, but not recorded by then: a guard or an interceptor of the app had not finished', ANSWER_WITHIN_MS, (app) => app.useGlobalInterceptors(hangingBefore)],
  ])('is 503 where %s before anything is recorded, and the log names it', async (_what, tells, answerWithinMs, configure) => {
    const log = new LogLines();
    const world = await startAppForTest({
      platform,
      database,
      signsCallbacks: true,
      configure: (app) => void configure(app),
      options: { answerWithinMs },
      logger: log,
    });
    const { body } = await authoriseBody(world);
    const answer = await sendCallback(world, { body });
    expect(outcomeOf(answer)).toMatchObject([503, { code: 'DEADLINE_EXCEEDED' }]);
    expect(log.lines.join('\n')).toContain(`There was no response in time. ${tells}`);
  }); // prettier-ignore

  it.each(['/oss/callback', '/guarded'])(
    'of %s is 503 where hosts do not serve its key, and the log names it',
    async (target) => {
      const keyHost = createServer(() => undefined).listen(0, '127.0.0.1');
      onTestFinished(() => {
        keyHost.closeAllConnections();
        keyHost.close();
      });
      await once(keyHost, 'listening');
      const { port } = keyHost.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      const log = new LogLines();
      const world = await startGatedApp(
        platform,
        { answerWithinMs: KEYS_WITHIN_MS, localOss: { url } },
        { database, logger: log },
      );
      onTestFinished(() => world.stop());
      // keys are fetched one after the other, each for half of that time: the last one comes too late
      const answers = await Promise.all(
        [1, 2, 3].map((version) => {
          const keyUrl = Buffer.from(`${url}/callback_pub_key_v${version}.pem`).toString('base64');
          const headers = { 'x-oss-pub-key-url': keyUrl };
          return sendCallback(world, { target, body: 'bucket=uploads&object=a', headers });
        }),
      );
      const codes = answers.map((answer) => (answer.json() as { code: string }).code);
      expect(codes).toContain('DEADLINE_EXCEEDED');
      expect(log.lines.join('\n')).toMatch(
        /in time\. finding its public key had not finished after \d+ ms/,
      );
    },
  );
});
