import { NestFactory } from '@nestjs/core';
import { setImmediate } from 'node:timers/promises';
import { register, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import {
  OSS_CALLBACK_CHANNELS,
  OssCallbackMetricsModule,
  OssUploadReconciler,
} from '../../src/index.js';
import { deliver, lastCallback } from '../callbacks/deliver.js';
import { CALLBACK_PATH } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { startTestApp, useWorld } from '../support/test-app.js';
import { parse, startOperationsWorld } from './operations-world.js';

/** What grew between two scrapes, buckets left out. */
function growth(before: Record<string, number>, after: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(after)
      .filter(([name]) => !/_bucket\{|_sum\b|^oldest_/.test(name))
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([, difference]) => difference !== 0),
  );
}

describe.each(platforms)('metrics on %s', (platform) => {
  const world = useWorld(() => startOperationsWorld(platform, { hasNoSchedule: true }));

  async function counted(work: () => Promise<unknown>) {
    const before = await world.scrape();
    await work();
    return growth(before, await world.scrape());
  }

  const update = (uploadId: string, set: string) =>
    world.dataSource.query(`UPDATE oss_upload_tickets SET ${set} WHERE id = $1`, [uploadId]);

  it('count an upload from its ticket to its answer', async () => {
    expect(await counted(() => world.upload())).toEqual({
      'insert_rows_count{entity="OssUploadTicket"}': 1,
      'confirmation_duration_seconds_count{state="confirmed"}': 1,
      'insert_rows_count{entity="OssUpload"}': 1,
      'handlers_duration_seconds_count{outcome="completed"}': 1,
      'callbacks_total{outcome="completed"}': 1,
      'answer_duration_seconds_count{step="answered"}': 1,
    });
  });

  it('have seconds and rows in their histograms', async () => {
    const before = await world.scrape();
    const startedAtMs = performance.now();
    await world.upload();
    const elapsedSeconds = (performance.now() - startedAtMs) / 1_000;
    const after = await world.scrape();
    const grew = (name: string) => after[name]! - (before[name] ?? 0);
    const seconds = grew('answer_duration_seconds_sum{step="answered"}');
    expect(seconds).toBeGreaterThan(grew('handlers_duration_seconds_sum{outcome="completed"}'));
    expect(seconds).toBeGreaterThan(grew('confirmation_duration_seconds_sum{state="confirmed"}'));
    expect(seconds).toBeLessThanOrEqual(elapsedSeconds);
    expect(grew('insert_rows_sum{entity="OssUpload"}')).toBe(1);
    expect(grew('insert_rows_bucket{le="1",entity="OssUpload"}')).toBe(1);
  });

  it('count refusals by their code', async () => {
    const refused = () => sendRaw(world.url, { target: CALLBACK_PATH, body: 'a=1' });
    expect(await counted(refused)).toEqual({
      'callbacks_total{outcome="SIGNATURE_MISSING"}': 1,
      'answer_duration_seconds_count{step="refused"}': 1,
    });
  });

  it('count handlers that failed, and the answer that told so', async () => {
    world.handlers.fail = true;
    const failed = counted(() => world.upload());
    await expect(failed).resolves.toMatchObject({
      'handlers_duration_seconds_count{outcome="failed"}': 1,
      'callbacks_total{outcome="failed"}': 1,
    });
    world.handlers.fail = false;
  });

  it('count what the reconciliation finds, and its runs', async () => {
    world.oss.faults.inject({ at: 'callback', effect: 'drop' }, { times: 1 });
    const { uploadId, status } = await world.upload();
    expect(status).toBe(203);
    await update(uploadId, `expires_at = now() - interval '1 minute', next_lookup_at = now()`);
    const reconciler = world.app.get(OssUploadReconciler);
    expect(await counted(() => reconciler.run({ uploadIds: [uploadId] }))).toMatchObject({
      'reconciliation_duration_seconds_count{result="ok"}': 1,
      'reconciled_uploads_total{outcome="completed"}': 1,
      'handlers_duration_seconds_count{outcome="completed"}': 1,
    });
    expect(await counted(() => reconciler.run({ dryRun: true }))).toEqual({});
  });

  it('read what waits from the database when they are scraped', async () => {
    const { uploadId } = await world.uploads.authorizePutObject({ object: 'never/stored.txt' });
    await update(uploadId, `created_at = now() - interval '1 hour'`);
    await update(uploadId, `expires_at = now() - interval '10 minutes'`);
    await update(uploadId, `next_lookup_at = now() - interval '5 minutes'`);
    const scraped = await world.scrape();
    expect(scraped.oldest_open_ticket_age_seconds).toBeGreaterThanOrEqual(3_600);
    expect(scraped.oldest_open_ticket_age_seconds).toBeLessThan(3_660);
    expect(scraped.oldest_overdue_ticket_seconds).toBeGreaterThanOrEqual(300);
    expect(scraped.oldest_overdue_ticket_seconds).toBeLessThan(360);
    expect(scraped.oldest_due_upload_seconds).toBe(0);
    await update(uploadId, `status = 'expired', closed_at = now(), next_lookup_at = NULL`);
    expect((await world.scrape()).oldest_overdue_ticket_seconds).toBe(0);
  });
});

describe.each(platforms)('metrics of an app on %s that shuts down', (platform) => {
  it('count what ends while it drains, and stay readable', async () => {
    const world = await startOperationsWorld(platform);
    let resume = () => {};
    world.handlers.hold = new Promise<void>((resolve) => (resume = resolve));
    const uploading = world.upload();
    await expect.poll(() => world.handlers.begun).toBe(1);
    const again = await deliver(world.url, lastCallback(world.oss));
    expect(again.json).toMatchObject({ status: 'received' }); // the handler goes on behind this answer
    const ending = world.app.get(OssCallbackMetricsModule).onApplicationShutdown();
    await world.app.get(OssUploadReconciler).stop();
    await world.app.get(RejectionRecorder).flush();
    await setImmediate(); // whatever waits for the handler alone has come to it
    resume();
    await ending;
    expect((await uploading).status).toBe(200);
    await world.app.close();
    const left = parse(await world.registry.metrics());
    expect(left).toMatchObject({
      'callbacks_total{outcome="received"}': 1,
      'handlers_duration_seconds_count{outcome="completed"}': 1,
    });
    expect(Object.keys(left).filter((name) => name.startsWith('oldest_'))).toEqual([]);
    await world.stop();
  });
});

describe('metrics of an app whose database is gone', () => {
  it('are there, but for what only the database knows; dropped refusals are counted', async () => {
    const world = await startOperationsWorld('Express');
    await world.database.drop();
    await sendRaw(world.url, { target: CALLBACK_PATH, body: 'a=1' });
    await world.app.get(RejectionRecorder).flush();
    const scraped = await world.scrape();
    expect(scraped).toMatchObject({
      'callbacks_total{outcome="SIGNATURE_MISSING"}': 1,
      rejections_dropped_total: 1,
    });
    expect(Object.keys(scraped).filter((name) => name.startsWith('oldest_'))).toEqual([]);
    await world.stop();
  });
});

describe('OssCallbackMetricsModule', () => {
  it('goes on in a registry that an earlier app of the process used', async () => {
    const registry = new Registry();
    const start = () =>
      startTestApp({
        controllers: [],
        imports: [OssCallbackMetricsModule.register({ registry, prefix: 'own_' })],
      });
    for (const total of [1, 2]) {
      const app = await start();
      await app.app.get(OssUploadReconciler).run();
      await app.stop();
      expect(await registry.metrics()).toContain(
        `own_reconciliation_duration_seconds_count{result="ok"} ${total}`,
      );
    }
  });

  it('counts into the registry of prom-client where the class itself is imported', async () => {
    const app = await startTestApp({ controllers: [], imports: [OssCallbackMetricsModule] });
    await app.stop();
    expect(register.getSingleMetric('oss_callback_callbacks_total')).toBeDefined();
    register.clear();
  });

  it('refuses to count twice into one registry', async () => {
    const registry = new Registry();
    const once = OssCallbackMetricsModule.register({ registry });
    const app = await startTestApp({ controllers: [], imports: [once] });
    const imports = [OssCallbackMetricsModule.register({ registry })];
    await expect(startTestApp({ controllers: [], imports })).rejects.toThrow(
      /has metrics with the prefix "oss_callback_" already/,
    );
    await app.stop();
  });

  it('names what is missing where the app has no OssCallbackModule', async () => {
    const metrics = OssCallbackMetricsModule.register({ registry: new Registry() });
    const options = { logger: false, abortOnError: false } as const;
    await expect(NestFactory.createApplicationContext(metrics, options)).rejects.toThrow(
      /finds no OssCallbackModule/,
    );
  });

  it('listens to nothing once its app is closed', async () => {
    const { hasSubscribers } = await import('node:diagnostics_channel');
    for (const name of Object.values(OSS_CALLBACK_CHANNELS)) {
      expect(hasSubscribers(name), name).toBe(false);
    }
  });
});
