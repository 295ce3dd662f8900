import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { describe, it } from 'vitest';
import { CompletedUpload, OnUploadCompleted, OssCallback, OssUpload } from '../../src/index.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';
import { authoriseBody, CALLBACK_PATH, sendCallback } from '../support/oss-callbacks.js';
import { sendRaw } from '../support/raw-http.js';
import { onServer } from '../support/server-connection.js';
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
    if (upload.object.endsWith('fails')) throw new Error('not now');
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

async function isTakingCallbacks(url: string): Promise<boolean> {
  try {
    return (await sendRaw(url, { target: CALLBACK_PATH, body: 'a=1' })).status !== 503;
  } catch {
    return false;
  }
}

describe.concurrent('handlers that take their time', () => {
  const usual = useSlowApp();
  const small = useSlowApp({ dataSource: { poolSize: 4 } });
  const [before, after] = [true, false].map((isImportedFirst) =>
    // hence two handlers at a time, and one that waits
    useSlowApp({ platform: 'Express', isImportedFirst, dataSource: { poolSize: 4 } }),
  );
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

  it.for([
    ['before', before!],
    ['after', after!],
  ] as const)(
    'are seen through when the app is closed, which imports the module %s its database',
    async ([, closing], { expect, onTestFinished }) => {
      const slow = closing.app.get(Slow);
      onTestFinished(() => slow.release());
      const answers = await Promise.all(
        ['fails', 'works', 'another'].map(async (object) => {
          const callback = await authoriseBody(closing, { object }, { object });
          return (await sendCallback(closing, callback)).json();
        }),
      );
      for (const answer of answers) expect(answer).toMatchObject({ status: 'received' });
      const { url } = closing.database;
      const closed = closing.app.close();
      await expect.poll(() => isTakingCallbacks(closing.url)).toBe(false);
      // time in which a database that is closed too early would be
      for (let turn = 0; turn < 20; turn += 1) await onServer(url, () => Promise.resolve());
      slow.release();
      await closed;

      const { rows } = await onServer(url, (client) =>
        client.query(`SELECT object, status, handler FROM oss_uploads
          LEFT JOIN effects ON upload_id = id ORDER BY object`),
      );
      expect(rows).toEqual([
        { object: 'another', status: 'completed', handler: 'slow' },
        { object: 'fails', status: 'failed', handler: null },
        { object: 'works', status: 'completed', handler: 'slow' },
      ]);
    },
  );

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
