import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  CompletedUpload,
  OnUploadCompleted,
  OssCallback,
  type OssCallbackOptions,
  OssUpload,
} from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { useTestApp } from '../support/test-app.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect, makeDue, postpone } from './effects.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id, status: upload.status };
  }
}

type Handler = (upload: OssUpload, manager: EntityManager) => unknown;

const doNothing: Handler = () => undefined;

@Injectable()
class Albums {
  /** What the two handlers do, as the test at hand wants it. */
  first = doNothing;
  second = doNothing;

  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    await this.first(upload, manager);
    await leaveEffect(upload, manager, 'add');
  }

  @OnUploadCompleted()
  async count(upload: OssUpload, manager: EntityManager) {
    await leaveEffect(upload, manager, 'count');
    await this.second(upload, manager);
  }
}

/** An app with these handlers. */
function useHandlers(handlers: Exclude<OssCallbackOptions['handlers'], false>) {
  const albums = new Albums();
  const app = useTestApp({
    createDatabase: createDatabaseWithEffects,
    controllers: [CallbackController],
    providers: [{ provide: Albums, useValue: albums }],
    options: { handlers, reconciliation: false },
    signsCallbacks: true,
  });

  async function report() {
    const callback = await authoriseBody(app);
    const deliver = () => sendCallback(app, callback);
    return { ...callback, deliver, answer: await deliver() };
  }
  const rowOf = async (uploadId: string) => (await app.audit.get(uploadId))!;
  const effects = (uploadId: string) => effectsOf(app.dataSource, uploadId);
  async function retry(uploadId: string) {
    await makeDue(app.dataSource, uploadId);
    return (await app.reconciler.run()).uploads;
  }
  return { albums, app, report, rowOf, effects, retry };
}

describe('handlers of a completed upload', () => {
  const { albums, app, report, rowOf, effects, retry } = useHandlers({ maxAttempts: 3 });
  beforeEach(async () => {
    albums.first = albums.second = doNothing;
    await app.dataSource.query('DELETE FROM oss_uploads');
  });

  it('run before the answer, and their writes stand with the row', async () => {
    const { uploadId, answer } = await report();
    expect([answer.status, answer.json()]).toEqual([200, { uploadId, status: 'completed' }]);
    expect(await rowOf(uploadId)).toMatchObject({
      status: 'completed',
      attempts: 1,
      nextAttemptAt: null,
      lastError: null,
      completedAt: expect.any(Date),
    });
    expect(await effects(uploadId)).toEqual(['add', 'count']);
  });

  it('run once, however often the callback comes', async () => {
    const { uploadId, deliver } = await report();
    const answers = await Promise.all(Array.from({ length: 10 }, deliver));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await effects(uploadId)).toEqual(['add', 'count']);
  });

  it('run once where all deliveries come at the same moment', async () => {
    const callback = await authoriseBody(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendCallback(app, callback)),
    );
    for (const { status } of answers) expect(status).toBe(200);
    await expect.poll(async () => (await rowOf(callback.uploadId)).status).toBe('completed');
    expect(await effects(callback.uploadId)).toEqual(['add', 'count']);
  });

  it('are given the upload, each its own', async () => {
    const seen: unknown[] = [];
    albums.first = (upload) => {
      seen.push([upload instanceof OssUpload, upload.size, upload.variables]);
      upload.object = 'changed';
    };
    albums.second = (upload) => seen.push(upload.object);
    const { object } = await report();
    expect(seen).toEqual([[true, 5, {}], object]);
  });

  it('roll back together where one throws; the answer is 200, the row tells why, and all run again', async () => {
    albums.second = () => {
      throw new Error('the album is full');
    };
    const { uploadId, answer } = await report();
    expect([answer.status, answer.json()]).toEqual([200, { uploadId, status: 'failed' }]);
    expect(await effects(uploadId)).toEqual([]);
    const row = await rowOf(uploadId);
    expect(row).toMatchObject({ status: 'failed', attempts: 1, completedAt: null });
    expect(row.lastError).toBe('Albums.count threw Error: the album is full');
    expect(row.nextAttemptAt!.getTime()).toBeGreaterThan(row.receivedAt.getTime() + 4_000);

    albums.second = doNothing;
    expect(await retry(uploadId)).toMatchObject([{ uploadId, outcome: 'completed' }]);
    expect(await effects(uploadId)).toEqual(['add', 'count']);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', attempts: 2 });
  });

  it('are left alone while they pause', async () => {
    albums.second = () => {
      throw new Error('not now');
    };
    const { uploadId } = await report();
    await postpone(app.dataSource, uploadId);
    expect((await app.reconciler.run()).uploads).toEqual([]);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'failed', attempts: 1 });
  });

  it('are tried at once where the callback comes again after they failed, and their pause is over', async () => {
    albums.second = () => {
      throw new Error('not now');
    };
    const { uploadId, deliver } = await report();
    albums.second = doNothing;
    await postpone(app.dataSource, uploadId);
    expect((await deliver()).json()).toEqual({ uploadId, status: 'failed' });
    await makeDue(app.dataSource, uploadId);
    const again = await deliver();
    expect([again.status, again.json()]).toEqual([200, { uploadId, status: 'completed' }]);
    expect(await effects(uploadId)).toEqual(['add', 'count']);
  });

  it('are given up after their last attempt, with the reason; then the callback is answered 500', async () => {
    albums.second = () => {
      throw new Error('never');
    };
    const { uploadId, deliver } = await report();
    const pauses: number[] = [];
    const pauseOf = async () => {
      const { nextAttemptAt } = await rowOf(uploadId);
      if (nextAttemptAt) pauses.push(nextAttemptAt.getTime() - Date.now());
    };
    await pauseOf();
    expect(await retry(uploadId)).toMatchObject([{ outcome: 'failed' }]);
    await pauseOf();
    expect(await retry(uploadId)).toMatchObject([{ outcome: 'abandoned' }]);
    expect(pauses[1]!).toBeGreaterThan(pauses[0]!);

    expect(await rowOf(uploadId)).toMatchObject({
      status: 'abandoned',
      attempts: 3,
      nextAttemptAt: null,
      lastError: 'Albums.count threw Error: never',
    });
    const again = await deliver();
    expect([again.status, again.json()]).toMatchObject([500, { code: 'ABANDONED' }]);
    albums.second = doNothing;
    expect(await retry(uploadId)).toEqual([]);
    expect(await effects(uploadId)).toEqual([]);
  });

  it('that swallow a database error do not complete anything', async () => {
    albums.first = async (_upload, manager) => {
      await manager.query('SELECT 1 / 0').catch(() => undefined);
    };
    const { uploadId, answer } = await report();
    expect(answer.json()).toMatchObject({ status: 'failed' });
    expect((await rowOf(uploadId)).lastError).toMatch(/current transaction is aborted/);

    albums.first = doNothing;
    albums.second = async (_upload, manager) => {
      await manager.query('SELECT 1 / 0').catch(() => undefined);
    };
    await retry(uploadId);
    expect((await rowOf(uploadId)).lastError).toMatch(/continued after a database error/);
    expect(await effects(uploadId)).toEqual([]);
  });

  it('may let a part fail within a transaction of the manager', async () => {
    albums.first = async (_upload, manager) => {
      await manager.transaction((inner) => inner.query('SELECT 1 / 0')).catch(() => undefined);
    };
    const { uploadId } = await report();
    expect(await effects(uploadId)).toEqual(['add', 'count']);
  });

  it('that end the transaction themselves complete nothing', async () => {
    albums.first = (_upload, manager) => manager.query('ROLLBACK');
    const { uploadId } = await report();
    expect(await rowOf(uploadId)).toMatchObject({ status: 'failed' });
    expect((await rowOf(uploadId)).lastError).toMatch(/ended the transaction/);
  });
});

describe.concurrent('handlers that do not come back', () => {
  // longer than a busy machine may keep them from what they do
  const limits = { timeoutSeconds: 3, maxAttempts: 100 };
  const stuck = useHandlers(limits);
  const late = useHandlers(limits);

  it('are ended, also where the database is what hangs', async ({ expect }) => {
    const { albums, report, rowOf, effects, retry } = stuck;
    let waitsForNothing: string | undefined;
    albums.first = ({ id }, manager) => {
      if (waitsForNothing !== undefined) return manager.query('SELECT pg_sleep(30)');
      waitsForNothing = id;
      return new Promise(() => undefined);
    };
    const reports = await Promise.all([report(), report()]);
    for (const { uploadId } of reports) {
      await expect.poll(async () => (await rowOf(uploadId)).status).toBe('failed');
    }
    expect((await rowOf(waitsForNothing!)).lastError).toMatch(
      /did not finish within 3 s.*rolled back/,
    );

    albums.first = doNothing;
    for (const { uploadId } of reports) {
      const retried = async () => {
        await retry(uploadId);
        return effects(uploadId);
      };
      await expect.poll(retried).toEqual(['add', 'count']);
    }
  });

  it('reach nothing of the database any more once they were ended', async ({ expect }) => {
    const { albums, report, rowOf, effects } = late;
    let resume = () => {};
    let written: Promise<unknown> | undefined;
    albums.first = (upload, manager) => {
      written = new Promise<void>((resolve) => (resume = resolve)).then(() =>
        leaveEffect(upload, manager, 'late'),
      );
      return written;
    };
    const { uploadId } = await report();
    await expect.poll(async () => (await rowOf(uploadId)).status).toBe('failed');
    resume();
    await expect(written).rejects.toThrow(/release/i);
    expect(await effects(uploadId)).toEqual([]);
  });
});
