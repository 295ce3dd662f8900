import { Controller, Get } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CallbackRecord, OssSimulator } from '../../src/simulator/index.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { onServer } from '../support/server-connection.js';
import { BUCKET, startOss, startTestApp, type TestApp } from '../support/test-app.js';
import { deliver, lastCallback } from './deliver.js';
import { OssProxy } from './oss-proxy.js';
import { CallbackController } from '../support/callback-controller.js';

@Controller()
class LivingController {
  @Get('alive')
  alive() {
    return 'yes';
  }
}

describe('a callback', () => {
  let oss: OssSimulator;
  let wayToOss: OssProxy;
  let app: TestApp;
  let count = 0;

  beforeAll(async () => {
    oss = await startOss({ callbackTimeoutMs: 60_000 }); // gets every answer
    wayToOss = new OssProxy(oss.url);
    await wayToOss.start();
    app = await startTestApp({
      controllers: [CallbackController, LivingController],
      oss,
      hasNoSchedule: true,
      options: {
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url } },
        answerWithinMs: LONGEST_ANSWER_MS,
      },
    });
  });
  afterEach(async () => {
    oss.faults.clear();
    wayToOss.heads = 'pass';
  });
  afterAll(async () => {
    await app.stop();
    await wayToOss.stop();
    await oss.stop();
  });

  /** @returns the upload, and the callback that came of it, with what the app answered */
  async function upload(): Promise<{ uploadId: string; callback: CallbackRecord }> {
    const authorisation = await app.uploads.authorizePutObject({
      object: `unavailable/${(count += 1)}.txt`,
    });
    return { uploadId: authorisation.uploadId, callback: await send(authorisation) };
  }

  /** Straight to OSS: the uploader's way is not the app's. */
  async function send({
    url,
    method,
    headers,
  }: Awaited<ReturnType<TestApp['uploads']['authorizePutObject']>>): Promise<CallbackRecord> {
    const { pathname, search } = new URL(url);
    const response = await fetch(`${oss.url}${pathname}${search}`, {
      method,
      headers,
      body: 'hello',
    });
    await response.text();
    return lastCallback(oss);
  }

  function answerOf({ answer }: CallbackRecord): unknown {
    return [answer?.status, JSON.parse(answer?.body.toString('utf8') ?? 'null')];
  }

  describe('while the bucket cannot be asked', () => {
    const away: [string, () => unknown, RegExp][] = [
      ['answers 500', () => failHead(500), /HEAD returned 500/],
      ['answers 503', () => failHead(503), /HEAD returned 503/],
      ['refuses the app’s credentials', () => failHead(403), /need the permission oss:GetObject/],
      [
        'does not answer',
        () => (wayToOss.heads = 'hang'),
        /HEAD 127\.0\.0\.1:\d+: no complete response in time$/,
      ],
      ['breaks the connection', () => (wayToOss.heads = 'reset'), /ECONNRESET/],
      ['cannot be connected to', () => wayToOss.stop(), /ECONNREFUSED/],
    ];

    function failHead(status: number) {
      oss.faults.inject({ at: 'head-object', effect: 'answer', status }, { times: Infinity });
    }

    it.each(away)('because it %s: 503 in time, and counts later', async (_name, block, reason) => {
      await block();
      const { uploadId, callback } = await upload();
      expect(answerOf(callback)).toEqual([
        503,
        { code: 'OSS_UNAVAILABLE', message: 'The object could not be confirmed.' },
      ]);
      expect(await app.audit.get(uploadId)).toMatchObject({
        status: 'received',
        confirmedAt: null,
        completedAt: null,
        nextAttemptAt: expect.any(Date),
        lastError: expect.stringMatching(reason),
      });
      // still away
      expect((await deliver(app.url, callback)).json).toMatchObject({ code: 'OSS_UNAVAILABLE' });

      oss.faults.clear();
      wayToOss.heads = 'pass';
      await wayToOss.stop();
      await wayToOss.start();
      const again = await deliver(app.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId }]);
      expect((await app.audit.find({ object: callback.object })).uploads).toMatchObject([
        {
          id: uploadId,
          status: 'completed',
          confirmedAt: expect.any(Date),
          nextAttemptAt: null,
          lastError: null,
        },
      ]);
    });

    it('an upload that completed before is answered as before', async () => {
      const { uploadId, callback } = await upload();
      failHead(500);
      const again = await deliver(app.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId }]);
    });
  });

  describe('while the database is away', () => {
    it('gets 503 in time; the app stays up, and takes it later', async () => {
      const authorisation = await app.uploads.authorizePutObject({ object: 'db-away.txt' });
      const callback = await withoutDatabase(app.database.name, () => send(authorisation));
      expect(answerOf(callback)).toEqual([
        503,
        { code: 'DATABASE_UNAVAILABLE', message: 'The upload could not be recorded.' },
      ]);
      expect(await (await fetch(`${app.url}/alive`)).text()).toBe('yes');

      const again = await deliver(app.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId: authorisation.uploadId }]);
      expect((await app.audit.find({ object: 'db-away.txt' })).uploads).toHaveLength(1);
    });

    it('is refused as ever where it is not genuine', async () => {
      const { callback } = await upload();
      const body = Buffer.concat([callback.body, Buffer.from('&x=1')]);
      const answer = await withoutDatabase(app.database.name, () =>
        deliver(app.url, { ...callback, body }),
      );
      expect([answer.status, answer.json]).toMatchObject([403, { code: 'SIGNATURE_INVALID' }]);
    });

    it('no upload is authorised, for its ticket would not be durable', async () => {
      const authorising = withoutDatabase(app.database.name, () =>
        app.uploads.authorizePostObject({ object: 'a' }),
      );
      await expect(authorising).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: 'The upload could not be authorised.',
      });
    });

    it('gets 503 in time where the database does not answer, and counts once it does', async () => {
      const authorisation = await app.uploads.authorizePutObject({ object: 'db-hangs.txt' });
      const blocker = new Client({ connectionString: app.database.url });
      await blocker.connect();
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE oss_uploads IN ACCESS EXCLUSIVE MODE');
      const callback = await send(authorisation);
      await blocker.end();
      expect(answerOf(callback)).toEqual([
        503,
        { code: 'DEADLINE_EXCEEDED', message: 'There was no response in time.' },
      ]);
      const again = await deliver(app.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId: authorisation.uploadId }]);
      expect((await app.audit.find({ object: 'db-hangs.txt' })).uploads).toHaveLength(1);
    });
  });
});

/** Works while a database has no connections and refuses new ones. */
async function withoutDatabase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const serverUrl = inject('databaseServerUrl');
  await onServer(serverUrl, async (client) => {
    await client.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [name],
    );
  });
  try {
    return await work();
  } finally {
    await onServer(serverUrl, (client) =>
      client.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`),
    );
  }
}
