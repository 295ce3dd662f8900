import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CompletedUpload,
  OnUploadCompleted,
  OssCallback,
  type OssCallbackOptions,
  OssUpload,
} from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { startTestApp, type TestApp, startAppForTest } from '../support/test-app.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect } from './effects.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

let started = 0;
let mayGoOn = Promise.resolve();

@Injectable()
class Slow {
  @OnUploadCompleted()
  async handle(upload: OssUpload, manager: EntityManager) {
    started += 1;
    await leaveEffect(upload, manager, 'slow');
    await mayGoOn;
  }
}

let answers = 0;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    answers += 1;
    return { uploadId: upload.id, status: upload.status };
  }
}

/** Handlers wait from here on. */
function hold(): () => void {
  let release!: () => void;
  mayGoOn = new Promise((resolve) => (release = resolve));
  started = 0;
  onTestFinished(release);
  return release;
}

async function start(options: Partial<OssCallbackOptions> = {}, poolSize = 10): Promise<TestApp> {
  return startAppForTest({
    platform: 'Fastify',
    createDatabase: createDatabaseWithEffects,
    controllers: [CallbackController],
    providers: [Slow],
    dataSource: { poolSize },
    signsCallbacks: true,
    options: { answerWithinMs: ANSWER_WITHIN_MS, reconciliation: false, ...options },
  });
}

describe('handlers that take their time', () => {
  it('do not cost the answer: it says received, and they go on', async () => {
    const app = await start();
    const release = hold();
    answers = 0;
    const callback = await authoriseBody(app);
    const answer = await sendCallback(app, callback);
    expect([answer.status, answer.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    expect(await app.audit.get(callback.uploadId)).toMatchObject({ status: 'received' });

    // Meanwhile a second delivery starts nothing, and is told the same.
    const second = await sendCallback(app, callback);
    expect([second.status, second.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    // One with another object is refused.
    const other = { ...callback, body: callback.body.replace('5D41', '5D42') };
    expect((await sendCallback(app, other)).json()).toMatchObject({ code: 'TICKET_USED' });

    release();
    await expect
      .poll(async () => (await app.audit.get(callback.uploadId))?.status)
      .toBe('completed');
    expect(started).toBe(1);
    expect(answers).toBe(0);
    expect(await effectsOf(app.dataSource, callback.uploadId)).toEqual(['slow']);
  });

  it('leave half of the pool to those that answer', async () => {
    const app = await start({}, 4);
    const release = hold();
    const callbacks = await Promise.all(
      Array.from({ length: 8 }, (_, index) => authoriseBody(app, {}, { owner: `user-${index}` })),
    );
    const sent = callbacks.map((callback) => sendCallback(app, callback));
    for (const answer of await Promise.all(sent)) {
      expect([answer.status, answer.json()]).toEqual([
        200,
        expect.objectContaining({ status: 'received' }),
      ]);
    }
    expect(started).toBe(2);
    release();
    await expect
      .poll(async () => (await app.audit.find({ status: 'completed' })).uploads.length)
      .toBe(8);
    expect(started).toBe(8);
  });

  it('are waited for when the app is closed', async () => {
    const database = await createDatabaseWithEffects();
    onTestFinished(() => database.drop());
    const shared = { database, signsCallbacks: true };
    const app = await startTestApp({
      ...shared,
      providers: [Slow],
      options: { answerWithinMs: ANSWER_WITHIN_MS },
    });
    const release = hold();
    const callback = await authoriseBody(app);
    expect((await sendCallback(app, callback)).json()).toMatchObject({ status: 'received' });
    const closed = app.stop();
    release();
    await closed;

    const reader = await startAppForTest(shared);
    expect(await reader.audit.get(callback.uploadId)).toMatchObject({ status: 'completed' });
    expect(await effectsOf(reader.dataSource, callback.uploadId)).toEqual(['slow']);
  });

  it('are left to others by a process that lacks them', async () => {
    const app = await start({ handlers: false });
    hold();
    const callback = await authoriseBody(app);
    const answer = await sendCallback(app, callback);
    expect([answer.status, answer.json()]).toEqual([
      200,
      { uploadId: callback.uploadId, status: 'received' },
    ]);
    expect(started).toBe(0);
    expect(await app.audit.get(callback.uploadId)).toMatchObject({
      status: 'received',
      attempts: 0,
    });
  });
});
