import { Controller, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { EntityManager } from 'typeorm';
import { expect, it, onTestFinished } from 'vitest';
import {
  OnUploadCompleted,
  OssCallback,
  ossCallbackEntities,
  OssCallbackModule,
  OssUpload,
  OssUploadAudit,
  OssUploadService,
} from '../../src/index.js';
import { findFreePort } from '../../src/testing/free-port.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  localOssOf,
  sendCallback,
} from '../support/oss-callbacks.js';
import { createAdapter } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { onServer } from '../support/server-connection.js';
import { BUCKET, startOss, type TestApp, TICKET_SECRET } from '../support/test-app.js';
import { createDatabaseWithEffects, leaveEffect } from './effects.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

let mayGoOn = Promise.resolve();

@Injectable()
class Slow {
  @OnUploadCompleted()
  async handle(upload: OssUpload, manager: EntityManager) {
    await leaveEffect(upload, manager, 'slow');
    await mayGoOn;
    if (upload.object.endsWith('fails')) throw new Error('not now');
  }
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {}
}

async function isTakingCallbacks(url: string): Promise<boolean> {
  try {
    return (await sendRaw(url, { target: CALLBACK_PATH, body: 'a=1' })).status !== 503;
  } catch {
    return false;
  }
}

it.each(['before', 'after'] as const)(
  'an app that is closed sees its handlers through, imported %s its database',
  async (order) => {
    const oss = await startOss();
    const database = await createDatabaseWithEffects();
    onTestFinished(async () => {
      await oss.stop();
      await database.drop();
    });
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const imports = [
      OssCallbackModule.forRoot({
        publicUrl: url,
        buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou' } },
        tickets: { secrets: [TICKET_SECRET] },
        environment: 'test',
        localOss: localOssOf(oss),
        confirmObject: 'never',
        answerWithinMs: ANSWER_WITHIN_MS,
        reconciliation: false,
      }),
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.url,
        entities: ossCallbackEntities,
        retryAttempts: 0,
        poolSize: 4, // hence two at a time, and one that waits
      }),
    ];
    const testing = await Test.createTestingModule({
      imports: order === 'before' ? imports : imports.toReversed(),
      controllers: [CallbackController],
      providers: [Slow],
    }).compile();
    const app = testing.createNestApplication(createAdapter('Express'), { logger: false });
    await app.listen(port, '127.0.0.1');
    const world = {
      app,
      url,
      oss,
      uploads: app.get(OssUploadService),
      audit: app.get(OssUploadAudit),
    } as unknown as TestApp;

    let release!: () => void;
    mayGoOn = new Promise((resolve) => (release = resolve));
    const answers = await Promise.all(
      ['fails', 'works', 'another'].map(async (name) => {
        const callback = await authoriseBody(world, {}, { object: `shutdown/${name}` });
        const body = callback.body.replace(/object=[^&]*/, `object=shutdown%2F${name}`);
        return (await sendCallback(world, { body })).json();
      }),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 'received' });
    const closed = app.close();
    await expect.poll(() => isTakingCallbacks(url)).toBe(false);
    // time in which a database that is closed too early would be
    for (let turn = 0; turn < 20; turn += 1) await onServer(database.url, () => Promise.resolve());
    release();
    await closed;

    const statuses = await onServer(database.url, async (client) => {
      const { rows } = await client.query<{ status: string }>(
        'SELECT status FROM oss_uploads ORDER BY object',
      );
      return rows.map(({ status }) => status);
    });
    expect(statuses).toEqual(['completed', 'failed', 'completed']);
  },
);
