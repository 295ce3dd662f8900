import { describe, expect, it } from 'vitest';
import {
  type CallbackStepMessage,
  OSS_CALLBACK_CHANNEL,
  type OssCallbackOptions,
  OssUpload,
} from '../../src/index.js';
import { OssProxy } from '../callbacks/oss-proxy.js';
import { Heard } from '../operations/heard.js';
import { ANSWER_WITHIN_MS, LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { LogLines } from '../support/log-lines.js';
import { authoriseBody, CALLBACK_PATH, sendCallback } from '../support/oss-callbacks.js';
import { BUCKET, startOss, useDatabase, useWorld } from '../support/test-app.js';
import { outcomeOf, startGatedApp } from './gated-app.js';
import { StallingProxy } from './stalling-proxy.js';

/** Where nothing has to be done by then. */
const SHORT_MS = 1_000;
const POOL_SIZE = 3;
const MAX = 10;
const TOO_LATE = [503, { code: 'DEADLINE_EXCEEDED', message: 'There was no response in time.' }];

const database = useDatabase();
/** Nest has one logger for all apps; their lines are told apart by the paths. */
const log = new LogLines();
const oss = useWorld(startOss);

/** An app with ways of its own to the database and to OSS. All are up before the first callback, whose time runs. */
function useNeighbours(name: string, options: Partial<OssCallbackOptions>, poolSize?: number) {
  return useWorld(async () => {
    const wayToDatabase = new StallingProxy(new URL(database.url));
    await wayToDatabase.start();
    const wayToOss = new OssProxy(oss.url);
    await wayToOss.start();
    const app = await startGatedApp(
      'Fastify',
      {
        maxCallbacksInFlight: MAX,
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url } },
        ...options,
      },
      {
        database,
        dataSource: { url: wayToDatabase.url, poolSize } as object,
        configure: (host) => void host.setGlobalPrefix(name),
        logger: log,
      },
    );
    const stop = async () => {
      wayToDatabase.pass();
      await app.stop();
      await wayToOss.stop();
      await wayToDatabase.stop();
    };
    return { ...app, target: `/${name}${CALLBACK_PATH}`, wayToDatabase, wayToOss, stop };
  });
}

type World = ReturnType<typeof useNeighbours>;

const authorise = (world: World, count: number) =>
  Promise.all(Array.from({ length: count }, () => authoriseBody(world)));

/** Sends them all at once. */
async function report(world: World, bodies: { body: string }[]) {
  return Promise.all(
    bodies.map(async ({ body }) => {
      const answer = await sendCallback(world, { target: world.target, body });
      expect(answer.header('content-type')).toBe('application/json');
      return outcomeOf(answer);
    }),
  );
}

async function expectRecordedOnce(world: World, uploads: { body: string; uploadId: string }[]) {
  // what waited for the database goes on beside the first ones, which may be too late for that
  for (const [status] of await report(world, uploads)) expect([200, 503]).toContain(status);
  expect(await report(world, uploads)).toEqual(uploads.map(() => [200, { taken: true }]));
  for (const { uploadId } of uploads) {
    expect(await world.dataSource.manager.countBy(OssUpload, { id: uploadId })).toBe(1);
  }
}

describe.concurrent('a callback', () => {
  const hurried = useNeighbours('hurried', { answerWithinMs: ANSWER_WITHIN_MS }, POOL_SIZE);
  it('gets 503 in time while the database hears and says nothing, and counts once it does', async () => {
    const uploads = await authorise(hurried, MAX);
    hurried.wayToDatabase.stall();
    expect(await report(hurried, uploads)).toEqual(uploads.map(() => TOO_LATE));
    expect(log.lines.filter((line) => line.includes(`"${hurried.target}"`)).join('\n')).toMatch(
      /no response in time\. recording the upload in the database had not finished after \d+ ms/,
    );
    expect(await (await fetch(`${hurried.url}/hurried/alive`)).text()).toBe('yes');
    hurried.wayToDatabase.pass();
    await expectRecordedOnce(hurried, uploads);
  });

  const patient = useNeighbours('patient', {});
  it('gets 503 at once where as many wait for that database as may be in flight', async ({
    expect,
    onTestFinished,
  }) => {
    const uploads = await authorise(patient, MAX + 5);
    const uploadIds = new Set(uploads.map(({ uploadId }) => uploadId));
    const heard = new Heard<CallbackStepMessage>(OSS_CALLBACK_CHANNEL);
    onTestFinished(() => heard.stop());
    const verified = () =>
      heard.messages.filter(
        ({ step, uploadId }) => step === 'verified' && uploadIds.has(uploadId!),
      );
    patient.wayToDatabase.stall();
    const waiting = report(patient, uploads.slice(0, MAX));
    await expect.poll(() => verified().length).toBe(MAX);
    const beyond = await report(patient, uploads.slice(MAX));
    for (const outcome of beyond) expect(outcome).toMatchObject([503, { code: 'OVERLOADED' }]);
    patient.wayToDatabase.pass();
    for (const outcome of await waiting) expect(outcome).toEqual([200, { taken: true }]);
  });

  const crowded = useNeighbours('crowded', { answerWithinMs: ANSWER_WITHIN_MS }, POOL_SIZE);
  it('gets 503 in time while the host holds every connection of the pool', async () => {
    const uploads = await authorise(crowded, 4);
    const runners = Array.from({ length: POOL_SIZE }, () => crowded.dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    try {
      expect(await report(crowded, uploads)).toEqual(uploads.map(() => TOO_LATE));
    } finally {
      await Promise.all(runners.map((runner) => runner.release()));
    }
    await expectRecordedOnce(crowded, uploads);
  });

  const confirming = useNeighbours('confirming', {
    answerWithinMs: LONGEST_ANSWER_MS,
    confirmObject: 'before-completion',
  });
  it('gets 503 in time, and a row, while OSS does not answer', async () => {
    const uploads = await authorise(confirming, MAX);
    confirming.wayToOss.heads = 'hang';
    const unconfirmed = {
      code: 'OSS_UNAVAILABLE',
      message: 'The object could not be confirmed.',
    };
    expect(await report(confirming, uploads)).toEqual(uploads.map(() => [503, unconfirmed]));
    for (const { uploadId } of uploads) {
      expect(
        await confirming.dataSource.manager.findOneBy(OssUpload, { id: uploadId }),
      ).toMatchObject({ status: 'received', confirmedAt: null });
    }
  });

  const lonely = useNeighbours('lonely', {
    answerWithinMs: SHORT_MS,
    confirmObject: 'before-completion',
  });
  it('gets 503 in time while neither OSS nor the database answers', async () => {
    const uploads = await authorise(lonely, 4);
    lonely.wayToOss.heads = 'hang';
    lonely.wayToDatabase.stall();
    expect(await report(lonely, uploads)).toEqual(uploads.map(() => TOO_LATE));
  });
});
