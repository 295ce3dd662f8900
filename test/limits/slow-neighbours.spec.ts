import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { OSS_CALLBACK_CHANNEL, OssUpload } from '../../src/index.js';
import { OssProxy } from '../callbacks/oss-proxy.js';
import { Heard } from '../operations/heard.js';
import { LogLines } from '../support/log-lines.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { BUCKET, createMigratedDatabase, startOss } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { type GatedApp, outcomeOf, startGatedApp } from './gated-app.js';
import { StallingProxy } from './stalling-proxy.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';

/** Where nothing has to be done by then. */
const SHORT_MS = 1_000;
/** Enough for as many callbacks as there may be at once, on a busy machine. */
const ALL_WITHIN_MS = 2_500;
/** In time is what OSS still waits for. */
const OSS_WAITS_MS = 5_000;
const POOL_SIZE = 3;
const MAX = 10;
const TOO_LATE = [503, { code: 'DEADLINE_EXCEEDED', message: 'There was no response in time.' }];

describe('a callback', () => {
  let database: TestDatabase;
  let wayToDatabase: StallingProxy;
  let oss: OssSimulator;
  let wayToOss: OssProxy;
  let world: GatedApp;
  let log: LogLines;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    wayToDatabase = new StallingProxy(new URL(database.url));
    await wayToDatabase.start();
    oss = await startOss();
    wayToOss = new OssProxy(oss.url);
    await wayToOss.start();
  });
  beforeEach(async () => {
    world = await startGatedApp(
      'Fastify',
      {
        answerWithinMs: ALL_WITHIN_MS,
        maxCallbacksInFlight: MAX,
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url } },
      },
      {
        database,
        dataSource: { url: wayToDatabase.url, poolSize: POOL_SIZE } as object,
        logger: (log = new LogLines()),
      },
    );
  });
  afterEach(async () => {
    wayToDatabase.pass();
    wayToOss.heads = 'pass';
    await world.stop();
  });
  afterAll(async () => {
    await wayToOss.stop();
    await oss.stop();
    await wayToDatabase.stop();
    await database.drop();
  });

  const authorise = (count: number) =>
    Promise.all(Array.from({ length: count }, () => authoriseBody(world)));

  /** Sends them all at once. */
  async function report(bodies: { body: string }[]) {
    return Promise.all(
      bodies.map(async ({ body }) => {
        const startedAtMs = performance.now();
        const answer = await sendCallback(world, { body });
        expect(answer.header('content-type')).toBe('application/json');
        expect(performance.now() - startedAtMs).toBeLessThan(OSS_WAITS_MS);
        return outcomeOf(answer);
      }),
    );
  }

  async function expectRecordedOnce(uploads: { body: string; uploadId: string }[]) {
    // what waited for the database goes on beside the first ones, which may be too late for that
    for (const [status] of await report(uploads)) expect([200, 503]).toContain(status);
    expect(await report(uploads)).toEqual(uploads.map(() => [200, { taken: true }]));
    for (const { uploadId } of uploads) {
      expect(await world.dataSource.manager.countBy(OssUpload, { id: uploadId })).toBe(1);
    }
  }

  it('gets 503 in time while the database hears and says nothing, and counts once it does', async () => {
    const uploads = await authorise(MAX);
    wayToDatabase.stall();
    expect(await report(uploads)).toEqual(uploads.map(() => TOO_LATE));
    expect(log.lines.join('\n')).toMatch(
      /no response in time\. recording the upload in the database had not finished after \d+ ms/,
    );
    expect(await (await fetch(`${world.url}/alive`)).text()).toBe('yes');
    wayToDatabase.pass();
    await expectRecordedOnce(uploads);
  });

  it('gets 503 at once where as many wait for that database as may be in flight', async () => {
    await world.stop();
    world = await startGatedApp(
      'Fastify',
      { maxCallbacksInFlight: MAX },
      { database, dataSource: { url: wayToDatabase.url } as object },
    );
    const uploads = await authorise(MAX + 5);
    const heard = new Heard(OSS_CALLBACK_CHANNEL);
    onTestFinished(() => heard.stop());
    wayToDatabase.stall();
    const waiting = report(uploads.slice(0, MAX));
    await expect.poll(() => heard.messages.length).toBe(MAX); // all of them verified
    const beyond = await report(uploads.slice(MAX));
    for (const outcome of beyond) expect(outcome).toMatchObject([503, { code: 'OVERLOADED' }]);
    wayToDatabase.pass();
    for (const outcome of await waiting) expect(outcome).toEqual([200, { taken: true }]);
  });

  it('gets 503 in time while the host holds every connection of the pool', async () => {
    const uploads = await authorise(4);
    const runners = Array.from({ length: POOL_SIZE }, () => world.dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    try {
      expect(await report(uploads)).toEqual(uploads.map(() => TOO_LATE));
    } finally {
      await Promise.all(runners.map((runner) => runner.release()));
    }
    await expectRecordedOnce(uploads);
  });

  it('gets 503 in time, and a row, while OSS does not answer', async () => {
    await world.stop();
    world = await startGatedApp(
      'Fastify',
      {
        answerWithinMs: LONGEST_ANSWER_MS,
        confirmObject: 'before-completion',
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url } },
      },
      { database },
    );
    const uploads = await authorise(10);
    wayToOss.heads = 'hang';
    const unconfirmed = {
      code: 'OSS_UNAVAILABLE',
      message: 'The object could not be confirmed.',
    };
    expect(await report(uploads)).toEqual(uploads.map(() => [503, unconfirmed]));
    for (const { uploadId } of uploads) {
      expect(await world.dataSource.manager.findOneBy(OssUpload, { id: uploadId })).toMatchObject({
        status: 'received',
        confirmedAt: null,
      });
    }
  });

  it('gets 503 in time while neither OSS nor the database answers', async () => {
    await world.stop();
    world = await startGatedApp(
      'Fastify',
      {
        answerWithinMs: SHORT_MS,
        confirmObject: 'before-completion',
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url } },
      },
      { database, dataSource: { url: wayToDatabase.url } as object },
    );
    const uploads = await authorise(4);
    wayToOss.heads = 'hang';
    wayToDatabase.stall();
    expect(await report(uploads)).toEqual(uploads.map(() => TOO_LATE));
  });
});
