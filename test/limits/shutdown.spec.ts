import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OssCallbackOptions, OssUpload } from '../../src/index.js';
import { type AppProcess, startApp } from '../soak/start-app.js';
import { appOptions } from '../support/app-module.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  localOssOf,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startTestApp, useDatabase, type TestApp } from '../support/test-app.js';
import { type GatedApp, outcomeOf, startGatedApp } from './gated-app.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const IN_TIME = { timeout: 10_000 };
const CLOSING = [503, { code: 'OVERLOADED', message: 'The app is shutting down.' }];

/** Asks until callbacks are turned away; what is sent is never more than an unsigned request. */
async function untilTurnedAway(url: string): Promise<void> {
  await vi.waitFor(async () => {
    const answer = await sendRaw(url, { target: CALLBACK_PATH, body: 'a=1' });
    expect(outcomeOf(answer)).toEqual(CLOSING);
    expect(answer.header('connection')).toBe('close');
  }, IN_TIME);
}

describe.each(platforms)('app.close() on %s', (platform) => {
  const database = useDatabase();
  let world: GatedApp;

  afterEach(() => world.stop());

  async function startClosing(
    options: Partial<OssCallbackOptions> = {},
    host: { forceCloseConnections?: boolean } = {},
  ) {
    world = await startGatedApp(platform, options, { database, host });
    const { body, uploadId } = await authoriseBody(world);
    world.gate.close();
    const held = sendCallback(world, { body });
    await world.gate.holds(1);
    const closing = world.app.close();
    await untilTurnedAway(world.url);
    return { held, closing, uploadId };
  }

  it.each([false, true])(
    'answers what is in flight, turns the rest away, then goes on (forceCloseConnections: %s)',
    async (forceCloseConnections) => {
      const { held, closing } = await startClosing({}, { forceCloseConnections });
      world.gate.open();
      expect(outcomeOf(await held)).toEqual([200, { taken: true }]);
      await closing;
      await expect(fetch(world.url)).rejects.toThrow();
    },
  );

  it('waits no longer than an answer may take: what is durable by then is acknowledged', async () => {
    const { held, closing, uploadId } = await startClosing({ answerWithinMs: ANSWER_WITHIN_MS });
    expect(outcomeOf(await held)).toEqual([200, { uploadId, status: 'completed' }]);
    await closing; // though the method never ends
  });
});

describe.each(platforms)('SIGTERM to a process on %s', (platform) => {
  let front: TestApp;
  let child: AppProcess | undefined;

  beforeAll(async () => {
    const publicUrl = 'https://app.example.org';
    front = await startTestApp({
      controllers: [],
      options: { publicUrl, callback: { url: 'https://callbacks.example.org/oss/callback' } },
    });
    child = await startApp({
      platform,
      databaseUrl: front.database.url,
      handlers: 'none',
      options: appOptions(publicUrl, localOssOf(front.oss), { confirmObject: 'never' }),
    });
  });
  afterAll(async () => {
    await child?.kill();
    await front.stop();
  });

  it('finishes what is in flight: the callback is answered 200, its row is there', async () => {
    const { body, uploadId, object } = await authoriseBody(front);
    const blocker = new Client({ connectionString: front.database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE oss_uploads IN ACCESS EXCLUSIVE MODE');
    const held = sendRaw(child!.url, {
      target: CALLBACK_PATH,
      headers: callbackHeaders(front, { body }),
      body,
    });
    await vi.waitFor(async () => {
      const { rows } = await blocker.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(1);
    }, IN_TIME);
    const stopped = child!.stop();
    await untilTurnedAway(child!.url);
    await blocker.end();
    expect(outcomeOf(await held)).toEqual([200, { uploadId, key: object, status: 'completed' }]);
    await stopped;
    expect(await front.dataSource.manager.findOneBy(OssUpload, { id: uploadId })).toMatchObject({
      status: 'completed',
    });
  });
});
