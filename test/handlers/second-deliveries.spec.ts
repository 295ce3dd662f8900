import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { CompletedUpload, OnUploadCompleted, OssCallback, OssUpload } from '../../src/index.js';
import type { CallbackRecord } from '../../src/simulator/index.js';
import { deliver, lastCallback } from '../callbacks/deliver.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect, makeDue, postpone } from './effects.js';

let handlerFails = false;

@Injectable()
class Albums {
  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    if (handlerFails) throw new Error('not now');
    await leaveEffect(upload, manager, `size ${upload.size}`);
  }
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { size: upload.size };
  }
}

describe('a second delivery to an app with handlers', () => {
  const app = useTestApp({
    platform: 'Fastify',
    createDatabase: createDatabaseWithEffects,
    controllers: [CallbackController],
    providers: [Albums],
    options: { reconciliation: false, handlers: { maxAttempts: 2 } },
  });
  let count = 0;

  beforeEach(() => {
    handlerFails = false;
  });

  /** Uploads, and once more with the same authorisation: two objects, two callbacks. */
  async function upload() {
    const object = `twice/${(count += 1)}.txt`;
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({
      object,
      overwrite: true,
    });
    const put = async (body: string): Promise<CallbackRecord> => {
      const response = await fetch(url, { method: 'PUT', headers, body });
      await response.arrayBuffer();
      return lastCallback(app.oss);
    };
    return { uploadId, object, put };
  }
  const send = async (callback: CallbackRecord) => {
    const { status, json } = await deliver(app.url, callback);
    return [status, json];
  };
  const rowOf = async (uploadId: string) => (await app.audit.get(uploadId))!;
  const effects = (uploadId: string) => effectsOf(app.dataSource, uploadId);
  async function abandon(uploadId: string) {
    await makeDue(app.dataSource, uploadId);
    await app.reconciler.run();
    expect(await rowOf(uploadId)).toMatchObject({ status: 'abandoned', attempts: 2 });
  }

  it('of a completed upload is answered again, and handled no more', async () => {
    const { uploadId, put } = await upload();
    const callback = await put('hello');
    expect(await send(callback)).toEqual([200, { size: 5 }]);
    expect(await effects(uploadId)).toEqual(['size 5']);
  });

  it('of a completed upload with another object is refused, and noted', async () => {
    const { uploadId, put } = await upload();
    await put('hello');
    const other = await put('hello again');
    expect(await send(other)).toMatchObject([409, { code: 'TICKET_USED' }]);
    const row = await rowOf(uploadId);
    expect(row).toMatchObject({ status: 'completed', size: 5 });
    expect(row.supersededEtag).toMatch(/^[0-9A-F]{32}$/);
    expect(row.supersededEtag).not.toBe(row.etag);
    expect(await effects(uploadId)).toEqual(['size 5']);
  });

  it('of a failed upload is handled once its pause is over, also where its object is gone', async () => {
    const { uploadId, object, put } = await upload();
    handlerFails = true;
    const callback = await put('hello');
    expect(await rowOf(uploadId)).toMatchObject({ status: 'failed', attempts: 1 });
    await postpone(app.dataSource, uploadId);
    handlerFails = false;
    await app.oss.objects.delete(BUCKET, object);
    expect(await send(callback)).toEqual([200, { uploadId, status: 'failed' }]);
    await makeDue(app.dataSource, uploadId);
    expect(await send(callback)).toEqual([200, { size: 5 }]);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', attempts: 2 });
  });

  it('of a failed upload uses up none of its attempts before their time, however often it comes', async () => {
    const { uploadId, put } = await upload();
    handlerFails = true;
    const callback = await put('hello');
    const paused = await rowOf(uploadId);
    expect(paused.nextAttemptAt!.getTime()).toBeGreaterThan(paused.receivedAt.getTime() + 4_000);
    await postpone(app.dataSource, uploadId);
    const failed = await rowOf(uploadId);
    for (let times = 0; times < 12; times += 1) {
      expect(await send(callback)).toEqual([200, { uploadId, status: 'failed' }]);
    }
    const atOnce = await Promise.all(Array.from({ length: 12 }, () => send(callback)));
    for (const answer of atOnce) expect(answer).toEqual([200, { uploadId, status: 'failed' }]);
    expect(await rowOf(uploadId)).toEqual(failed);
    expect(failed).toMatchObject({
      status: 'failed',
      attempts: 1,
      lastError: expect.stringContaining('not now'),
    });
  });

  it('of a failed upload with another object takes what the bucket has, and is handled in its time', async () => {
    const { uploadId, put } = await upload();
    handlerFails = true;
    const first = await put('hello');
    await postpone(app.dataSource, uploadId);
    const { nextAttemptAt } = await rowOf(uploadId);
    handlerFails = false;
    const second = await put('hello again');
    expect(second.answer!.body.toString()).toBe(JSON.stringify({ uploadId, status: 'failed' }));
    expect(await rowOf(uploadId)).toMatchObject({
      status: 'failed',
      size: 11,
      attempts: 1,
      nextAttemptAt,
      lastError: expect.stringContaining('not now'),
    });
    await makeDue(app.dataSource, uploadId);
    expect(await send(second)).toEqual([200, { size: 11 }]);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', size: 11, attempts: 2 });
    expect(await effects(uploadId)).toEqual(['size 11']);
    expect(await send(first)).toMatchObject([409, { code: 'OBJECT_MISMATCH' }]);
  });

  it('of a failed upload whose pause is over, with another object, is handled now', async () => {
    const { uploadId, put } = await upload();
    handlerFails = true;
    await put('hello');
    await makeDue(app.dataSource, uploadId);
    handlerFails = false;
    await put('hello again');
    expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', size: 11, attempts: 2 });
    expect(await effects(uploadId)).toEqual(['size 11']);
  });

  it('of another object changes nothing while the bucket does not say what it has', async () => {
    handlerFails = true;
    const [completed, failed, abandoned] = [await upload(), await upload(), await upload()];
    await failed.put('hello');
    await postpone(app.dataSource, failed.uploadId);
    await abandoned.put('hello');
    await abandon(abandoned.uploadId);
    handlerFails = false;
    await completed.put('hello');
    const before = await Promise.all(
      [completed, failed, abandoned].map(({ uploadId }) => rowOf(uploadId)),
    );

    app.oss.faults.inject(
      { at: 'head-object', effect: 'answer', status: 500 },
      { times: Infinity },
    );
    const answers = [];
    for (const { put } of [completed, failed, abandoned]) {
      answers.push(await send(await put('hello again')));
    }
    app.oss.faults.clear();
    expect(answers).toMatchObject([
      [409, { code: 'TICKET_USED' }],
      [200, { status: 'failed' }],
      [500, { code: 'ABANDONED' }],
    ]);
    const after = await Promise.all(
      [completed, failed, abandoned].map(({ uploadId }) => rowOf(uploadId)),
    );
    expect(after).toEqual(before);
  });

  it('of an abandoned upload is answered 500', async () => {
    const { uploadId, put } = await upload();
    handlerFails = true;
    const callback = await put('hello');
    await abandon(uploadId);
    handlerFails = false;
    expect(await send(callback)).toMatchObject([500, { code: 'ABANDONED' }]);
    expect(await effects(uploadId)).toEqual([]);
  });

  it('of an abandoned upload with another object begins anew', async () => {
    const { uploadId, put } = await upload();
    handlerFails = true;
    await put('hello');
    await abandon(uploadId);
    handlerFails = false;
    expect(await send(await put('hello again'))).toEqual([200, { size: 11 }]);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', size: 11, attempts: 1 });
    expect(await effects(uploadId)).toEqual(['size 11']);
  });
});
