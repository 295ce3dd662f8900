import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { describe, it } from 'vitest';
import { CompletedUpload, OnUploadCompleted, OssCallback, OssUpload } from '../../src/index.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';
import { openDataSource } from '../support/app-module.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { type TestAppOptions, useTestApp } from '../support/test-app.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect } from './effects.js';

@Injectable()
class Slow {
  started = 0;
  release!: () => void;
  private readonly mayGoOn = new Promise<void>((resolve) => (this.release = resolve));

  @OnUploadCompleted()
  async handle(upload: OssUpload, manager: EntityManager) {
    this.started += 1;
    await leaveEffect(upload, manager, 'slow');
    await this.mayGoOn;
  }
}

@Controller()
class CallbackController {
  answers = 0;

  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    this.answers += 1;
    return { uploadId: upload.id, status: upload.status };
  }
}

/** An app whose handlers wait until they are released. */
function useSlowApp({ options, ...others }: TestAppOptions = {}) {
  return useTestApp({
    platform: 'Fastify',
    createDatabase: createDatabaseWithEffects,
    controllers: [CallbackController],
    providers: [Slow],
    signsCallbacks: true,
    options: { answerWithinMs: ANSWER_WITHIN_MS, reconciliation: false, ...options },
    ...others,
  });
}

describe.concurrent('handlers that take their time', () => {
  const usual = useSlowApp();
  const small = useSlowApp({ dataSource: { poolSize: 4 } });
  const closing = useSlowApp({ platform: 'Express', options: { reconciliation: {} } });
  const without = useSlowApp({ options: { handlers: false } });

  it('do not cost the answer: it says received, and they go on', async ({
    expect,
    onTestFinished,
  }) => {
    const slow = usual.app.get(Slow);
    onTestFinished(() => slow.release());
    const callback = await authoriseBody(usual);
    const answer = await sendCallback(usual, callback);
    expect([answer.status, answer.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    expect(await usual.audit.get(callback.uploadId)).toMatchObject({ status: 'received' });

    // Meanwhile a second delivery starts nothing, and is told the same.
    const second = await sendCallback(usual, callback);
    expect([second.status, second.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    // One with another object is refused.
    const other = { ...callback, body: callback.body.replace('5D41', '5D42') };
    expect((await sendCallback(usual, other)).json()).toMatchObject({ code: 'TICKET_USED' });

    slow.release();
    await expect
      .poll(async () => (await usual.audit.get(callback.uploadId))?.status)
      .toBe('completed');
    expect(slow.started).toBe(1);
    expect(usual.app.get(CallbackController).answers).toBe(0);
    expect(await effectsOf(usual.dataSource, callback.uploadId)).toEqual(['slow']);
  });

  it('leave half of the pool to those that answer', async ({ expect, onTestFinished }) => {
    const slow = small.app.get(Slow);
    onTestFinished(() => slow.release());
    const callbacks = await Promise.all(
      Array.from({ length: 8 }, (_, index) => authoriseBody(small, {}, { owner: `user-${index}` })),
    );
    const sent = callbacks.map((callback) => sendCallback(small, callback));
    for (const answer of await Promise.all(sent)) {
      expect([answer.status, answer.json()]).toEqual([
        200,
        expect.objectContaining({ status: 'received' }),
      ]);
    }
    expect(slow.started).toBe(2);
    slow.release();
    await expect
      .poll(async () => (await small.audit.find({ status: 'completed' })).uploads.length)
      .toBe(8);
    expect(slow.started).toBe(8);
  });

  it('are waited for when the app is closed', async ({ expect, onTestFinished }) => {
    const slow = closing.app.get(Slow);
    onTestFinished(() => slow.release());
    const { uploadId, ...callback } = await authoriseBody(closing);
    expect((await sendCallback(closing, callback)).json()).toMatchObject({ status: 'received' });
    const closed = closing.app.close();
    slow.release();
    await closed;

    const reader = await openDataSource(closing.database.url);
    onTestFinished(() => reader.destroy());
    expect(await reader.manager.findOneBy(OssUpload, { id: uploadId })).toMatchObject({
      status: 'completed',
    });
    expect(await effectsOf(reader, uploadId)).toEqual(['slow']);
  });

  it('are left to others by a process that lacks them', async ({ expect, onTestFinished }) => {
    const slow = without.app.get(Slow);
    onTestFinished(() => slow.release());
    const callback = await authoriseBody(without);
    const answer = await sendCallback(without, callback);
    expect([answer.status, answer.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    expect(slow.started).toBe(0);
    expect(await without.audit.get(callback.uploadId)).toMatchObject({
      status: 'received',
      attempts: 0,
    });
  });
});
