import type { CanActivate, INestApplication, NestInterceptor } from '@nestjs/common';
import { NEVER, mergeMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { KeyServer } from '../keys/key-server.js';
import { ANSWER_WITHIN_MS, LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { LogLines } from '../support/log-lines.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startTestApp, type TestApp, useDatabase, useWorld } from '../support/test-app.js';
import { outcomeOf, startGatedApp } from './gated-app.js';

/** Where nothing has to be done by then. */
const SHORT_MS = 300;
/** For two fetches of keys that never come, each half as long. */
const KEYS_WITHIN_MS = 1_000;

/** A host's own, which waits for something that does not come. */
const hangingAfter: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(mergeMap(() => NEVER)),
};
const hangingBefore: NestInterceptor = { intercept: () => NEVER };
const hangingGuard: CanActivate = { canActivate: () => new Promise(() => undefined) };

const database = useDatabase();

/** Nest has one logger for all apps; their lines are told apart by the paths. */
const log = new LogLines();

// All apps are up before the first callback, whose time runs.
const apps = platforms.map((platform) => {
  const prefix = (app: INestApplication) => app.setGlobalPrefix(platform);
  const use = (answerWithinMs: number, hang: (app: INestApplication) => unknown) =>
    useWorld(() =>
      startTestApp({
        platform,
        database,
        signsCallbacks: true,
        configure: (app) => void hang(prefix(app)),
        options: { answerWithinMs },
        logger: log,
      }),
    );
  const useSilentKeyHost = () =>
    useWorld(async () => {
      const keyHost = new KeyServer();
      await keyHost.start();
      const app = await startGatedApp(
        platform,
        { answerWithinMs: KEYS_WITHIN_MS, localOss: { url: keyHost.url } },
        { database, configure: (app) => void prefix(app), logger: log },
      );
      return { ...app, keyHost, stop: () => app.stop().then(() => keyHost.stop()) };
    });
  const worlds = {
    holdsAnswersBack: use(ANSWER_WITHIN_MS, (app) => app.useGlobalInterceptors(hangingAfter)),
    hangsInInterceptor: use(ANSWER_WITHIN_MS, (app) => app.useGlobalInterceptors(hangingBefore)),
    hangsInGuard: use(SHORT_MS, (app) => app.useGlobalGuards(hangingGuard)),
    hangsInGuardForLong: use(LONGEST_ANSWER_MS, (app) => app.useGlobalGuards(hangingGuard)),
    hasNoKeyHost: { '/oss/callback': useSilentKeyHost(), '/guarded': useSilentKeyHost() },
  };
  return [platform, worlds] as const;
});

describe.concurrent.each(apps)('an answer on %s', (platform, worlds) => {
  const pathOf = (route: string) => `/${platform}${route}`;
  const send = async (world: TestApp) => {
    const { body, uploadId } = await authoriseBody(world);
    return { uploadId, answer: await sendCallback(world, { target: pathOf(CALLBACK_PATH), body }) };
  };
  const logged = (path: string) =>
    log.lines.filter((line) => line.includes(`"${path}"`)).join('\n');

  it('leaves in time where an interceptor of the host holds it back', async () => {
    const { answer, uploadId } = await send(worlds.holdsAnswersBack);
    expect(outcomeOf(answer)).toEqual([200, { uploadId }]);
  });

  it.for<[what: string, sentOf: (body: string) => string]>([
    ['a guard of the host hangs', (body) => body],
    ['the end of the body does not come', (body) => body.slice(0, -1)],
  ])(
    'is 503 after the answerWithinMs of its app, where %s',
    async ([, sentOf], { onTestFinished }) => {
      const enough = new AbortController();
      onTestFinished(() => enough.abort());
      const { hangsInGuardForLong: patient, hangsInGuard: hurried } = worlds;
      const answers: Promise<{ url: string; outcome: unknown }>[] = [];
      for (const world of [patient, hurried]) {
        const { body } = await authoriseBody(world);
        const target = pathOf(CALLBACK_PATH);
        const headers = callbackHeaders(world, { target, body });
        const answer = sendRaw(world.url, { target, headers, body: sentOf(body) }, enough.signal);
        answers.push(answer.then((response) => ({ url: world.url, outcome: outcomeOf(response) })));
      }
      // the patient app was asked first
      expect(await Promise.race(answers)).toMatchObject({
        url: hurried.url,
        outcome: [503, { code: 'DEADLINE_EXCEEDED' }],
      });
    },
  );

  it.each([
    ['a guard of the host hangs', worlds.hangsInGuard, 'it was not verified by then'],
    ['an interceptor of the host hangs', worlds.hangsInInterceptor, 'it was verified, but not recorded by then: a guard or an interceptor of the app had not finished'],
  ])('is 503 where %s before anything is recorded, and the log names it', async (_what, world, tells) => {
    const { answer } = await send(world);
    expect(outcomeOf(answer)).toMatchObject([503, { code: 'DEADLINE_EXCEEDED' }]);
    expect(logged(pathOf(CALLBACK_PATH))).toContain(`There was no response in time. ${tells}`);
  }); // prettier-ignore

  it.each(['/oss/callback', '/guarded'] as const)(
    'of %s is 503 where hosts do not serve its key, and the log names it',
    async (route) => {
      const { keyHost, ...world } = worlds.hasNoKeyHost[route];
      const target = pathOf(route);
      // keys are fetched one after the other, each for half of that time: the last one comes too late
      const answers = await Promise.all(
        [1, 2, 3].map((version) => {
          const keyUrl = `${keyHost.url}/callback_pub_key_v${version}.pem`;
          const headers = { 'x-oss-pub-key-url': Buffer.from(keyUrl).toString('base64') };
          return sendCallback(world, { target, body: 'bucket=uploads&object=a', headers });
        }),
      );
      const codes = answers.map((answer) => (answer.json() as { code: string }).code);
      expect(codes).toContain('DEADLINE_EXCEEDED');
      expect(logged(target)).toMatch(
        /in time\. finding its public key had not finished after \d+ ms/,
      );
    },
  );
});
