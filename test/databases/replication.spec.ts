import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { OnUploadCompleted, OssUpload } from '../../src/index.js';
import { deliver, lastCallback } from '../callbacks/deliver.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect, makeDue } from '../handlers/effects.js';
import { BUCKET, createMigratedDatabase, useTestApp } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';

let handlerFails = false;

@Injectable()
class Albums {
  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    if (handlerFails) throw new Error('not now');
    await leaveEffect(upload, manager, 'add');
  }
}

describe('a host whose reads go to a replica that has nothing yet', () => {
  let replica: TestDatabase;
  let count = 0;

  afterAll(() => replica.drop());
  const app = useTestApp(async () => {
    const master = await createDatabaseWithEffects();
    replica = await createMigratedDatabase();
    return {
      createDatabase: async () => master,
      providers: [Albums],
      dataSource: {
        replication: { master: { url: master.url }, slaves: [{ url: replica.url }] },
      },
      options: { reconciliation: false, handlers: { maxAttempts: 2 } },
    };
  });
  beforeEach(() => {
    handlerFails = false;
  });

  const key = () => `replicated/${(count += 1)}.txt`;
  async function upload() {
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object: key() });
    const response = await fetch(url, { method: 'PUT', headers, body: 'hello' });
    await response.arrayBuffer();
    return { uploadId, callback: lastCallback(app.oss) };
  }
  const retry = async (uploadId: string) => {
    await makeDue(app.dataSource, uploadId);
    return (await app.reconciler.run({ uploadIds: [uploadId] })).uploads;
  };

  it('answers second deliveries from what was written', async () => {
    const { uploadId, callback } = await upload();
    const { status, json } = await deliver(app.url, callback);
    expect([status, json]).toEqual([200, { uploadId }]);
  });

  it('tells of failed and abandoned handlers what was written of them', async () => {
    handlerFails = true;
    const { uploadId, callback } = await upload();
    expect(await retry(uploadId)).toContainEqual(
      expect.objectContaining({ uploadId, outcome: 'abandoned' }),
    );
    expect((await deliver(app.url, callback)).json).toMatchObject({ code: 'ABANDONED' });
  });

  it('holds uploads against their tickets that were not confirmed at once', async () => {
    const object = key();
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object });
    app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 1 });
    expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(203);
    await app.dataSource.query('UPDATE oss_upload_tickets SET max_size_bytes = 4 WHERE id = $1', [
      uploadId,
    ]);
    expect(await retry(uploadId)).toContainEqual(
      expect.objectContaining({ uploadId, outcome: 'rejected' }),
    );
    expect(await effectsOf(app.dataSource, uploadId)).toEqual([]);
  });

  it('sees other tickets for the same key', async () => {
    const object = key();
    const { uploadId } = await app.uploads.authorizeSdk({ object });
    await app.uploads.authorizeSdk({ object });
    await app.oss.objects.put({ bucket: BUCKET, object, body: 'hello' });
    expect(await retry(uploadId)).toMatchObject([{ uploadId, outcome: 'ambiguous' }]);
  });
});
