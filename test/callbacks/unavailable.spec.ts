import { Controller, Get } from '@nestjs/common';
import { Client } from 'pg';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { PutObjectAuthorisation } from '../../src/index.js';
import type { CallbackRecord } from '../../src/simulator/index.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';
import { onServer } from '../support/server-connection.js';
import {
  BUCKET,
  startOss,
  startTestApp,
  type TestApp,
  type TestAppOptions,
  useTestApp,
  useWorld,
} from '../support/test-app.js';
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

/** Gets every answer. */
const startPatientOss = () => startOss({ callbackTimeoutMs: 60_000 });

const base: TestAppOptions = {
  controllers: [CallbackController, LivingController],
  createOss: startPatientOss,
  hasNoSchedule: true,
  options: { answerWithinMs: LONGEST_ANSWER_MS },
};

/** The app's way to OSS can be blocked; the uploader's is another. */
async function startWorld() {
  const oss = await startPatientOss();
  const wayToOss = new OssProxy(oss.url);
  await wayToOss.start();
  const main = { bucket: BUCKET, region: 'cn-hangzhou', endpoint: wayToOss.url };
  const app = await startTestApp({
    ...base,
    oss,
    options: { ...base.options, buckets: { main } },
  });
  const stop = async () => {
    await app.stop();
    await wayToOss.stop();
    await oss.stop();
  };
  return { ...app, wayToOss, stop };
}

/** @returns the upload, and the callback that came of it, with what the app answered */
async function upload(app: TestApp): Promise<{ uploadId: string; callback: CallbackRecord }> {
  const authorisation = await app.uploads.authorizePutObject({ objectPrefix: 'unavailable/' });
  return { uploadId: authorisation.uploadId, callback: await send(app, authorisation) };
}

async function send(
  { oss }: TestApp,
  authorisation: PutObjectAuthorisation,
): Promise<CallbackRecord> {
  const { method, headers } = authorisation;
  const { pathname, search } = new URL(authorisation.url);
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

// Each block has an app of its own: one waits for its bucket while the other waits for its database.
describe.concurrent('a callback', () => {
  const world = useWorld(startWorld);
  const app = useTestApp(base);

  describe('while the bucket cannot be asked', () => {
    afterEach(() => {
      world.oss.faults.clear();
      world.wayToOss.heads = 'pass';
    });

    const away: [string, () => unknown, RegExp][] = [
      ['answers 500', () => failHead(500), /HEAD returned 500/],
      ['answers 503', () => failHead(503), /HEAD returned 503/],
      ['refuses the app’s credentials', () => failHead(403), /need the permission oss:GetObject/],
      [
        'does not answer',
        () => (world.wayToOss.heads = 'hang'),
        /HEAD 127\.0\.0\.1:\d+: no complete response in time$/,
      ],
      ['breaks the connection', () => (world.wayToOss.heads = 'reset'), /ECONNRESET/],
      ['cannot be connected to', () => world.wayToOss.stop(), /ECONNREFUSED/],
    ];

    function failHead(status: number) {
      world.oss.faults.inject({ at: 'head-object', effect: 'answer', status }, { times: Infinity });
    }

    it.sequential.each(away)(
      'because it %s: 503 in time, and counts later',
      async (_name, block, reason) => {
        await block();
        const { uploadId, callback } = await upload(world);
        expect(answerOf(callback)).toEqual([
          503,
          { code: 'OSS_UNAVAILABLE', message: 'The object could not be confirmed.' },
        ]);
        expect(await world.audit.get(uploadId)).toMatchObject({
          status: 'received',
          confirmedAt: null,
          completedAt: null,
          nextAttemptAt: expect.any(Date),
          lastError: expect.stringMatching(reason),
        });
        // still away
        expect((await deliver(world.url, callback)).json).toMatchObject({
          code: 'OSS_UNAVAILABLE',
        });

        world.oss.faults.clear();
        world.wayToOss.heads = 'pass';
        await world.wayToOss.stop();
        await world.wayToOss.start();
        const again = await deliver(world.url, callback);
        expect([again.status, again.json]).toEqual([200, { uploadId }]);
        expect((await world.audit.find({ object: callback.object })).uploads).toMatchObject([
          {
            id: uploadId,
            status: 'completed',
            confirmedAt: expect.any(Date),
            nextAttemptAt: null,
            lastError: null,
          },
        ]);
      },
    );

    it.sequential('an upload that completed before is answered as before', async () => {
      const { uploadId, callback } = await upload(world);
      failHead(500);
      const again = await deliver(world.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId }]);
    });
  });

  describe('while the database is away', () => {
    it.sequential('gets 503 in time; the app stays up, and takes it later', async () => {
      const authorisation = await app.uploads.authorizePutObject({ object: 'db-away.txt' });
      const callback = await withoutDatabase(app.database.name, () => send(app, authorisation));
      expect(answerOf(callback)).toEqual([
        503,
        { code: 'DATABASE_UNAVAILABLE', message: 'The upload could not be recorded.' },
      ]);
      expect(await (await fetch(`${app.url}/alive`)).text()).toBe('yes');

      const again = await deliver(app.url, callback);
      expect([again.status, again.json]).toEqual([200, { uploadId: authorisation.uploadId }]);
      expect((await app.audit.find({ object: 'db-away.txt' })).uploads).toHaveLength(1);
    });

    it.sequential('is refused as ever where it is not genuine', async () => {
      const { callback } = await upload(app);
      const body = Buffer.concat([callback.body, Buffer.from('&x=1')]);
      const answer = await withoutDatabase(app.database.name, () =>
        deliver(app.url, { ...callback, body }),
      );
      expect([answer.status, answer.json]).toMatchObject([403, { code: 'SIGNATURE_INVALID' }]);
    });

    it.sequential('no upload is authorised, for its ticket would not be durable', async () => {
      const authorising = withoutDatabase(app.database.name, () =>
        app.uploads.authorizePostObject({ object: 'a' }),
      );
      await expect(authorising).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: 'The upload could not be authorised.',
      });
    });

    it.sequential(
      'gets 503 in time where the database does not answer, and counts once it does',
      async () => {
        const authorisation = await app.uploads.authorizePutObject({ object: 'db-hangs.txt' });
        const blocker = new Client({ connectionString: app.database.url });
        await blocker.connect();
        await blocker.query('BEGIN');
        await blocker.query('LOCK TABLE oss_uploads IN ACCESS EXCLUSIVE MODE');
        const callback = await send(app, authorisation);
        await blocker.end();
        expect(answerOf(callback)).toEqual([
          503,
          { code: 'DEADLINE_EXCEEDED', message: 'There was no response in time.' },
        ]);
        const again = await deliver(app.url, callback);
        expect([again.status, again.json]).toEqual([200, { uploadId: authorisation.uploadId }]);
        expect((await app.audit.find({ object: 'db-hangs.txt' })).uploads).toHaveLength(1);
      },
    );
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
