import { Controller, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompletedUpload, OnUploadCompleted, OssCallback, OssUpload } from '../../src/index.js';
import { createDatabaseWithEffects, leaveEffect } from '../handlers/effects.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { useTestApp } from '../support/test-app.js';

/** Of the pool's ten connections. */
const SLOTS = 5;
/** Several times what may run at once. */
const BAD = 30;

let started: string[] = [];
let mayGoOn = Promise.resolve();
let release = () => {};

@Injectable()
class Albums {
  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    started.push(upload.id);
    await leaveEffect(upload, manager, 'add');
    if (upload.owner === 'bad') await mayGoOn;
  }
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { status: upload.status };
  }
}

describe('uploads of one owner whose handlers hang', () => {
  const app = useTestApp({
    createDatabase: createDatabaseWithEffects,
    controllers: [CallbackController],
    providers: [Albums],
    dataSource: { poolSize: SLOTS * 2 },
    hasNoSchedule: true,
    signsCallbacks: true,
  });
  let count = 0;

  beforeEach(async () => {
    started = [];
    mayGoOn = new Promise((resolve) => (release = resolve));
    await app.dataSource.query('DELETE FROM oss_upload_tickets');
    await app.dataSource.query('DELETE FROM oss_uploads');
  });
  afterEach(() => release());

  /** An upload whose handlers failed once, and are due again. */
  async function insertDue(owner: string, attempts = 1): Promise<string> {
    const { uploadId } = await app.uploads.authorizePutObject({ object: `due/${(count += 1)}` });
    await app.dataSource.query(
      `INSERT INTO oss_uploads (id, identity, bucket, object, variables, source, status, attempts, next_attempt_at,
        confirmed_at, last_error, owner, ticketed, received_at)
      VALUES ($1::uuid, 'ticket:' || $1::text, 'uploads', $1::text, '{}', 'callback', 'failed', $3, now(), now(),
        'not now', $2, true, now())`,
      [uploadId, owner, attempts],
    );
    return uploadId;
  }
  async function insertBad(): Promise<void> {
    for (let index = 0; index < BAD; index += 1) await insertDue('bad');
  }
  const attemptsOf = (condition: string) =>
    app.dataSource.query<{ attempts: number; count: number }[]>(
      `SELECT attempts, count(*)::int AS count FROM oss_uploads WHERE ${condition} GROUP BY attempts ORDER BY attempts`,
    );
  const statusOf = async (uploadId: string) => (await app.audit.get(uploadId))?.status;

  it('do not keep lost uploads of others from being found', async () => {
    await insertBad();
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({
      object: `lost/${(count += 1)}`,
      owner: 'good',
    });
    app.oss.faults.inject({ at: 'callback', effect: 'drop' }, { times: 1 });
    expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(203);
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET next_lookup_at = now() - interval '1 minute' WHERE id = $1`,
      [uploadId],
    );
    const run = app.reconciler.run();
    await expect.poll(() => statusOf(uploadId)).toBe('completed');
    release();
    await run;
  });

  it('take half of the slots at most, and lose no attempt before they have one', async () => {
    await insertBad();
    const run = app.reconciler.run();
    const half = Math.ceil(SLOTS / 2);
    await expect.poll(() => started.length).toBe(half);
    const callback = await authoriseBody(app, {}, { owner: 'good' });
    expect((await sendCallback(app, callback)).json()).toEqual({ status: 'completed' });
    expect(await attemptsOf(`owner = 'bad'`)).toEqual([
      { attempts: 1, count: BAD - half },
      { attempts: 2, count: half },
    ]);
    // those that wait belong to no process
    expect(await attemptsOf(`owner = 'bad' AND status = 'failed'`)).toEqual([
      { attempts: 1, count: BAD - half },
    ]);
    release();
    await run;
    expect(await attemptsOf(`owner = 'bad' AND status = 'completed'`)).toEqual([
      { attempts: 2, count: BAD },
    ]);
  });

  it('never take all slots by their callbacks, each of which counts one attempt', async () => {
    const callbacks = await Promise.all(
      Array.from({ length: SLOTS * 2 }, () => authoriseBody(app, {}, { owner: 'bad' })),
    );
    const sent = Promise.all(callbacks.map((callback) => sendCallback(app, callback)));
    await expect
      .poll(() => attemptsOf(`owner = 'bad' AND status = 'received'`))
      .toEqual([{ attempts: 1, count: SLOTS * 2 }]);
    await expect.poll(() => started.length).toBe(SLOTS - 1);
    const good = await authoriseBody(app, {}, { owner: 'good' });
    expect((await sendCallback(app, good)).json()).toEqual({ status: 'completed' });
    release();
    for (const { status } of await sent) expect(status).toBe(200);
    await expect
      .poll(() => attemptsOf(`status = 'completed'`))
      .toEqual([{ attempts: 1, count: SLOTS * 2 + 1 }]);
  });

  it('do not delay the runs of others where a run names them', async () => {
    const bad = await insertDue('bad', 0);
    const named = app.reconciler.run({ uploadIds: [bad] });
    await expect.poll(() => started).toEqual([bad]);
    const good = await insertDue('good');
    expect((await app.reconciler.run()).uploads).toMatchObject([
      { uploadId: good, outcome: 'completed' },
    ]);
    release();
    expect((await named).uploads).toMatchObject([{ uploadId: bad, outcome: 'completed' }]);
  });
});
