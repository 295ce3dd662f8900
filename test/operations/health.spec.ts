import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CallbackCapture } from '../../src/callback/capture/callback-capture.js';
import {
  ossCallbackEntities,
  OssCallbackHealthIndicator,
  type OssCallbackHealthLimits,
  OssCallbackModule,
  OssUploadReconciler,
} from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { onServer } from '../support/server-connection.js';
import { BUCKET, startTestApp, TICKET_SECRET, useWorld } from '../support/test-app.js';
import { startOperationsWorld } from './operations-world.js';

const UP = {
  status: 'up',
  problems: [],
  capture: 'installed',
  shuttingDown: false,
  callbacksInFlight: 0,
  overdueTicketSeconds: 0,
  dueUploadSeconds: 0,
  reconciliationAgeSeconds: null,
  rejectionsDropped: 0,
};

describe.each(platforms)('health on %s, asked by terminus', (platform) => {
  const world = useWorld(() =>
    startOperationsWorld(platform, {
      hasNoSchedule: true,
      options: { reconciliation: { everySeconds: 86_400 } },
    }),
  );
  afterEach(() => {
    vi.useRealTimers();
    for (const name of Object.keys(world.limits) as (keyof OssCallbackHealthLimits)[]) {
      delete world.limits[name];
    }
  });

  async function ask() {
    const { status, body } = await world.health();
    return { status, details: body.details['oss-callback']! };
  }

  const timeGoesOn = (seconds: number) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + seconds * 1_000);
  };

  it('is up where all is well', async () => {
    expect(await ask()).toEqual({ status: 200, details: UP });
  });

  it('is down while a ticket waits for the reconciliation for too long', async () => {
    const { uploadId } = await world.uploads.authorizePutObject({ object: 'lost.txt' });
    const update = (set: string) =>
      world.dataSource.query(`UPDATE oss_upload_tickets SET ${set} WHERE id = $1`, [uploadId]);
    await update(`expires_at = now() - interval '1 hour', next_lookup_at = expires_at`);
    await update(`next_lookup_at = now() - interval '20 minutes'`);
    expect((await ask()).status).toBe(200); // the process has just started
    timeGoesOn(901);
    const { status, details } = await ask();
    expect([status, details.status]).toEqual([503, 'down']);
    expect(details.problems).toEqual([
      expect.stringMatching(/^an expired ticket has been due for 12\d\d s, more than 900 s: /),
    ]);
    expect(details.overdueTicketSeconds).toBeGreaterThanOrEqual(1_200);
    world.limits.maxOverdueTicketSeconds = 3_600;
    expect((await ask()).status).toBe(200);
    await update(`next_lookup_at = now() + interval '5 minutes'`); // looked for, and not there yet
    delete world.limits.maxOverdueTicketSeconds;
    expect(await ask()).toEqual({ status: 200, details: UP });
  });

  it('is down while an upload waits for its next attempt for too long', async () => {
    world.handlers.fail = true;
    const { uploadId } = await world.upload();
    world.handlers.fail = false;
    expect((await ask()).details).toEqual(UP); // it is pausing
    await world.dataSource.query(
      `UPDATE oss_uploads SET next_attempt_at = now() - interval '20 minutes' WHERE id = $1`,
      [uploadId],
    );
    timeGoesOn(901);
    const { status, details } = await ask();
    expect([status, details.problems]).toEqual([
      503,
      [expect.stringMatching(/^an upload has been due for 12\d\d s, more than 900 s: /)],
    ]);
    vi.useRealTimers();
    await world.app.get(OssUploadReconciler).run();
    expect(await ask()).toMatchObject({
      status: 200,
      details: { dueUploadSeconds: 0, reconciliationAgeSeconds: expect.any(Number) },
    });
  });

  it('is down where no reconciliation ends any more', async () => {
    await world.app.get(OssUploadReconciler).run();
    world.limits.maxReconciliationAgeSeconds = 60;
    expect((await ask()).status).toBe(200);
    timeGoesOn(61);
    await world.app.get(OssUploadReconciler).run({ dryRun: true });
    await world.app.get(OssUploadReconciler).run({ uploadIds: [] });
    const { status, details } = await ask();
    expect([status, details.problems]).toEqual([
      503,
      ['no reconciliation has finished in this process for 60 s'],
    ]);
    expect(details.reconciliationAgeSeconds).toBeGreaterThanOrEqual(61);
  });

  it('is down where the capture is missing', async () => {
    const capture = world.app.get(CallbackCapture);
    capture.isInstalled = false;
    const { status, details } = await ask();
    capture.isInstalled = true;
    expect([status, details.capture, details.problems]).toEqual([
      503,
      'missing',
      ['the capture of callbacks is not installed'],
    ]);
  });

  it('is down where a table is missing, and names it', async () => {
    await world.dataSource.query('ALTER TABLE oss_callback_rejections RENAME TO elsewhere');
    const { status, details } = await ask();
    await world.dataSource.query('ALTER TABLE elsewhere RENAME TO oss_callback_rejections');
    expect([status, details.problems]).toEqual([
      503,
      ['the database has no table oss_callback_rejections; run the migrations'],
    ]);
    expect((await ask()).status).toBe(200);
  });
});

describe.each(platforms)('health on %s while the app shuts down', (platform) => {
  it('is down, so that callbacks go to others, and answers until the last one is done', async () => {
    const world = await startOperationsWorld(platform, {
      options: { answerWithinMs: LONGEST_ANSWER_MS },
    });
    let resume = () => {};
    world.handlers.hold = new Promise<void>((resolve) => (resume = resolve));
    const uploading = world.upload();
    await expect.poll(() => world.handlers.begun).toBe(1); // so it is recorded
    const closing = world.app.close();
    await vi.waitFor(
      async () => {
        const { status, body } = await world.health();
        expect([status, body.details['oss-callback']]).toEqual([
          503,
          {
            ...UP,
            status: 'down',
            callbacksInFlight: 1,
            shuttingDown: true,
            problems: ['the app is shutting down, and callbacks are refused'],
          },
        ]);
      },
      { timeout: 10_000 },
    );
    expect((await world.scrape())['insert_rows_count{entity="OssUpload"}']).toBe(1);
    resume();
    expect((await uploading).status).toBe(200);
    await closing;
    // its DataSource is closed by now
    expect(await world.app.get(OssCallbackHealthIndicator).isHealthy()).toMatchObject({
      'oss-callback': { status: 'down', overdueTicketSeconds: null },
    });
    await world.stop();
  });
});

describe('health without terminus', () => {
  it('is a plain result under the name that was asked for', async () => {
    const app = await startTestApp({ controllers: [] });
    const result = await app.app.get(OssCallbackHealthIndicator).isHealthy('uploads');
    expect(result).toEqual({ uploads: UP });
    await app.stop();
  });

  it('does not blame a process that leaves the reconciliation to others', async () => {
    const app = await startTestApp({
      controllers: [],
      options: { reconciliation: false, callback: { url: 'https://app.example.org/callback' } },
    });
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 86_400_000);
    const { uploadId } = await app.uploads.authorizePutObject({ object: 'lost.txt' });
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET expires_at = now() - interval '2 hours', next_lookup_at = now() - interval '2 hours' WHERE id = $1`,
      [uploadId],
    );
    const result = await app.app.get(OssCallbackHealthIndicator).isHealthy();
    vi.useRealTimers();
    expect(result['oss-callback']).toMatchObject({ status: 'up', problems: [] });
    expect(result['oss-callback'].overdueTicketSeconds).toBeGreaterThanOrEqual(7_200);
    await app.stop();
  });

  it('tells no secret and no address where the database is gone, or hangs', async () => {
    const app = await startTestApp({ controllers: [] });
    const indicator = app.app.get(OssCallbackHealthIndicator);
    await onServer(app.database.url, async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE oss_uploads IN ACCESS EXCLUSIVE MODE');
      const { 'oss-callback': hanging } = await indicator.isHealthy('oss-callback', {
        timeoutMs: 200,
      });
      expect(hanging.problems).toEqual(['the database cannot be queried (TIMEOUT)']);
      await client.query('ROLLBACK');
    });
    expect((await indicator.isHealthy())['oss-callback'].status).toBe('up');
    await app.database.drop();
    const { 'oss-callback': gone } = await indicator.isHealthy();
    expect(gone).toEqual({
      ...UP,
      status: 'down',
      problems: [expect.stringMatching(/^the database cannot be queried \(\w+\)$/)],
      overdueTicketSeconds: null,
      dueUploadSeconds: null,
    });
    const { hostname, port, username, pathname } = new URL(app.database.url);
    for (const word of [hostname, port, username, pathname.slice(1)].filter(Boolean)) {
      expect(JSON.stringify(gone)).not.toContain(word);
    }
    await app.stop();
  });

  it('needs no capture in an app without HTTP', async () => {
    const app = await startTestApp({ controllers: [] });
    const context = await NestFactory.createApplicationContext(
      {
        module: class {},
        imports: [
          TypeOrmModule.forRoot({
            type: 'postgres',
            url: app.database.url,
            entities: ossCallbackEntities,
          }),
          OssCallbackModule.forRoot({
            publicUrl: 'https://app.example.org',
            callback: { url: 'https://app.example.org/oss/callback' },
            buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou' } },
            tickets: { secrets: [TICKET_SECRET] },
            localOss: { url: app.oss.url, publicKey: app.oss.publicKey },
          }),
        ],
      },
      { logger: false },
    );
    const result = await context.get(OssCallbackHealthIndicator).isHealthy();
    expect(result).toEqual({ 'oss-callback': { ...UP, capture: 'not-needed' } });
    await context.close();
    await app.stop();
  });
});
