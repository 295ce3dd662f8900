import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OnUploadCompleted, OssUpload, type OssUploadReconciler } from '../../src/index.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect } from '../handlers/effects.js';
import { putObject, putSymlink, STS } from '../support/sdk-uploader.js';
import { BUCKET, useTestApp } from '../support/test-app.js';

/** More than a run of these tests takes. */
const BAD = 30;
const LIMIT = 10;

@Injectable()
class Albums {
  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    if (upload.owner === 'bad') throw new Error('not for him');
    await leaveEffect(upload, manager, 'add');
  }
}

describe('the uploads of one owner', () => {
  const app = useTestApp({
    platform: 'Fastify',
    createDatabase: createDatabaseWithEffects,
    providers: [Albums],
    hasNoSchedule: true,
    options: { buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', sts: STS } } },
  });
  let count = 0;

  beforeAll(async () => {
    await app.oss.objects.put({ bucket: BUCKET, object: 'target', body: 'a' });
    const link = await app.uploads.authorizeSdk({ object: 'link', owner: 'bad' });
    expect((await putSymlink(app.oss, link, 'target')).status).toBe(200);
  });
  beforeEach(async () => {
    app.oss.faults.clear();
    await app.dataSource.query('DELETE FROM oss_upload_tickets');
    await app.dataSource.query('DELETE FROM oss_uploads');
  });

  const makeOverdue = (uploadId: string, secondsAgo: number) =>
    app.dataSource.query(
      `UPDATE oss_upload_tickets SET expires_at = now(), next_lookup_at = now() - $2 * interval '1 second'
      WHERE id = $1`,
      [uploadId, secondsAgo],
    );

  /** HEAD of these is answered 400 `InvalidTargetType`: symlinks to a symlink. */
  async function putSymlinks(howMany: number) {
    const uploadIds: string[] = [];
    for (let index = 0; index < howMany; index += 1) {
      const object = `bad/${(count += 1)}`;
      const authorisation = await app.uploads.authorizeSdk({ object, owner: 'bad' });
      expect((await putSymlink(app.oss, authorisation, 'link')).status).toBe(200);
      await makeOverdue(authorisation.uploadId, 1_000);
      uploadIds.push(authorisation.uploadId);
    }
    return uploadIds;
  }

  /** Another owner's, stored without the app knowing. */
  async function lose(owner = 'good', secondsAgo = 1): Promise<string> {
    const object = `good/${(count += 1)}`;
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object, owner });
    app.oss.faults.inject({ at: 'callback', effect: 'drop' }, { times: 1 });
    expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(203);
    await makeOverdue(uploadId, secondsAgo);
    return uploadId;
  }
  const outcomesOf = async (options?: Parameters<OssUploadReconciler['run']>[0]) =>
    new Map((await app.reconciler.run(options)).uploads.map((each) => [each.uploadId, each]));

  it('do not silence a bucket by symlinks to symlinks: others are still found', async () => {
    const bad = await putSymlinks(12);
    const good = await lose();
    const outcomes = await outcomesOf();
    expect(outcomes.get(good)).toMatchObject({ outcome: 'completed' });
    expect(await effectsOf(app.dataSource, good)).toEqual(['add']);
    for (const uploadId of bad) {
      expect(outcomes.get(uploadId)).toMatchObject({
        outcome: 'pending',
        reason: expect.stringContaining('400 "InvalidTargetType"'),
      });
    }
  });

  it('that are symlinks to symlinks end as those that nothing came of', async () => {
    const [uploadId] = await putSymlinks(1);
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET expires_at = now() - interval '2 days', accept_until = now() - interval '1 day'`,
    );
    expect((await outcomesOf()).get(uploadId!)).toMatchObject({ outcome: 'expired' });
    expect(await app.uploads.status(uploadId!)).toMatchObject({ status: 'expired' });
  });

  it('that were reported while the bucket was away, and then replaced by symlinks, end rejected', async () => {
    const object = `bad/${(count += 1)}`;
    const authorisation = await app.uploads.authorizeSdk({ object, owner: 'bad', overwrite: true });
    const { uploadId } = authorisation;
    app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 1 });
    expect((await putObject(app.oss, authorisation, 'hello')).status).toBe(203);
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'received', confirmedAt: null });
    expect((await putSymlink(app.oss, authorisation, 'link')).status).toBe(200);
    expect((await outcomesOf()).get(uploadId)).toMatchObject({ outcome: 'rejected' });
    expect(await app.audit.get(uploadId)).toMatchObject({
      status: 'rejected',
      lastError: expect.stringContaining('400 "InvalidTargetType"'),
    });
  });

  it('do not use up a run: of each owner one ticket has its turn before the second of any', async () => {
    await putSymlinks(BAD);
    const good = await lose();
    const other = await lose('other');
    const outcomes = await outcomesOf({ limit: LIMIT });
    expect(outcomes.size).toBe(LIMIT);
    expect(outcomes.get(good)).toMatchObject({ outcome: 'completed' });
    expect(outcomes.get(other)).toMatchObject({ outcome: 'completed' });
  });

  it('do not use up a run by handlers that fail either', async () => {
    for (let index = 0; index < BAD; index += 1) await insertDue('bad', 1_000);
    const good = await insertDue('good', 1);
    const outcomes = await outcomesOf({ limit: LIMIT });
    expect(outcomes.size).toBe(LIMIT);
    expect(outcomes.get(good)).toMatchObject({ outcome: 'completed' });
  });

  it('do not use up a run by dying processes either', async () => {
    for (let index = 0; index < BAD; index += 1) await insertDue('bad', 1_000, 5);
    const good = await insertDue('good', 1, 5);
    expect((await outcomesOf({ limit: LIMIT })).get(good)).toMatchObject({ outcome: 'completed' });
  });

  it('of which the database refuses one do not end a run', async () => {
    const refused = [await lose('bad'), await lose('bad')];
    const good = await lose();
    await app.dataSource.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'not for %', NEW.owner USING ERRCODE = 'check_violation'; END $$`);
    await app.dataSource.query(`
      CREATE TRIGGER refuse BEFORE INSERT ON oss_uploads FOR EACH ROW WHEN (NEW.owner = 'bad')
      EXECUTE FUNCTION refuse()`);
    try {
      const outcomes = await outcomesOf();
      expect(outcomes.get(good)).toMatchObject({ outcome: 'completed' });
      for (const uploadId of refused) {
        expect(outcomes.get(uploadId)).toMatchObject({
          outcome: 'unavailable',
          reason: expect.stringContaining('not for bad'),
        });
      }
    } finally {
      await app.dataSource.query('DROP FUNCTION refuse CASCADE');
    }
  });

  it.each([
    ['oss_uploads', 'claimed', insertDue],
    ['oss_upload_tickets', 'looked for', lose],
  ] as const)(
    'of which the database refuses one change in %s are reported, and left alone for a while; others are %s',
    async (table, _done, makeDue) => {
      const refused = [await makeDue('bad', 100), await makeDue('bad', 90)];
      const good = [await makeDue('good', 80), await makeDue('good', 70)];
      await app.dataSource.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not for %', NEW.owner; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON ${table} FOR EACH ROW WHEN (NEW.owner = 'bad')
        EXECUTE FUNCTION refuse()`);
      try {
        const outcomes = await outcomesOf();
        for (const uploadId of good) {
          expect(outcomes.get(uploadId)).toMatchObject({ outcome: 'completed' });
        }
        for (const uploadId of refused) {
          expect(outcomes.get(uploadId)).toMatchObject({
            outcome: 'unavailable',
            reason: expect.stringContaining('not for bad'),
          });
        }
        expect(await outcomesOf()).toEqual(new Map());
      } finally {
        await app.dataSource.query('DROP FUNCTION refuse CASCADE');
      }
    },
  );

  it('of which OSS does not show two to the app do not silence their bucket', async () => {
    const bad: string[] = [];
    for (let index = 0; index < 2; index += 1) {
      const object = `bad/${(count += 1)}`;
      const fault = { at: 'head-object', effect: 'answer', status: 403 } as const;
      app.oss.faults.inject(fault, { object, times: Infinity });
      const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object });
      expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(203);
      bad.push(uploadId);
    }
    const good = await lose();
    const outcomes = await outcomesOf();
    for (const uploadId of bad) {
      expect(outcomes.get(uploadId)).toMatchObject({ outcome: 'unavailable' });
    }
    expect(outcomes.get(good)).toMatchObject({ outcome: 'completed' });
  });

  async function insertDue(owner: string, secondsAgo: number, attempts = 1): Promise<string> {
    const { uploadId } = await app.uploads.authorizePutObject({ object: `due/${(count += 1)}` });
    await app.dataSource.query(
      `INSERT INTO oss_uploads (id, identity, bucket, object, variables, source, status, attempts, next_attempt_at,
        confirmed_at, last_error, owner, ticketed, received_at)
      VALUES ($1::uuid, 'ticket:' || $1::text, 'uploads', $1::text, '{}', 'callback', $4, $5,
        now() - $2 * interval '1 second', now(), 'not now', $3, true, now())`,
      [uploadId, secondsAgo, owner, attempts > 1 ? 'received' : 'failed', attempts],
    );
    return uploadId;
  }
});
