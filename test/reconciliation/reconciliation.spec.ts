import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  OnUploadCompleted,
  OssCallbackRejection,
  OssUpload,
  OssUploadReconciler,
  OssUploadTicket,
  type UploadRequest,
} from '../../src/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import {
  createDatabaseWithEffects,
  effectsOf,
  leaveEffect,
  makeDue,
  postpone,
} from '../handlers/effects.js';
import { BUCKET, startTestApp, useTestApp } from '../support/test-app.js';

let handlerFails = false;

@Injectable()
class Albums {
  @OnUploadCompleted()
  async add(upload: OssUpload, manager: EntityManager) {
    if (handlerFails) throw new Error('not now');
    await leaveEffect(upload, manager, 'add');
  }
}

describe('the reconciliation', () => {
  const app = useTestApp({
    createDatabase: createDatabaseWithEffects,
    providers: [Albums],
    hasNoSchedule: true,
    options: { reconciliation: { keepTicketsForSeconds: 60 } },
  });
  let count = 0;

  beforeEach(async () => {
    handlerFails = false;
    await app.dataSource.query('DELETE FROM oss_upload_tickets');
    await app.dataSource.query('DELETE FROM oss_uploads');
  });

  const drop = (times = 1) => app.oss.faults.inject({ at: 'callback', effect: 'drop' }, { times });

  async function authorise(request: Partial<UploadRequest> = {}) {
    const object = request.object ?? `lost/${(count += 1)}.txt`;
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object, ...request });
    const put = (body = 'hello') => fetch(url, { method: 'PUT', headers, body });
    return { uploadId, object, put };
  }

  /** An SDK that does not send the metadata it was asked for. */
  async function authoriseSdk(request: Partial<UploadRequest> = {}) {
    const object = request.object ?? `sdk/${(count += 1)}.txt`;
    const { uploadId } = await app.uploads.authorizeSdk({ object, ...request });
    const put = (body = 'hello') => app.oss.objects.put({ bucket: BUCKET, object, body });
    return { uploadId, object, put };
  }

  /** Stored, and the app does not know. */
  async function lose(request?: Partial<UploadRequest>) {
    const upload = await authorise(request);
    drop();
    expect((await upload.put()).status).toBe(203);
    return upload;
  }

  const update = (uploadId: string, set: string) =>
    app.dataSource.query(`UPDATE oss_upload_tickets SET ${set} WHERE id = $1`, [uploadId]);
  const expire = (uploadId: string) =>
    update(uploadId, `expires_at = now() - interval '1 minute', next_lookup_at = now()`);
  const end = (uploadId: string) =>
    update(
      uploadId,
      `expires_at = now() - interval '2 days', accept_until = now() - interval '1 day', next_lookup_at = now()`,
    );
  const ticketOf = (id: string) => app.dataSource.manager.findOneByOrFail(OssUploadTicket, { id });
  const rowOf = (uploadId: string) => app.audit.get(uploadId);
  async function run(options?: Parameters<OssUploadReconciler['run']>[0]) {
    return (await app.reconciler.run(options)).uploads;
  }

  it('completes an upload whose callback got lost, with what the bucket knows of it', async () => {
    const { uploadId, object } = await lose({ owner: 'user-1' });
    expect(await run()).toEqual([]); // the upload may still be under way
    await expire(uploadId);
    expect(await run()).toEqual([{ uploadId, bucket: BUCKET, object, outcome: 'completed' }]);

    expect(await rowOf(uploadId)).toMatchObject({
      identity: `ticket:${uploadId}`,
      object,
      etag: '5D41402ABC4B2A76B9719D911017C592',
      size: 5,
      owner: 'user-1',
      source: 'reconciliation',
      status: 'completed',
      ticketed: true,
      confirmedAt: expect.any(Date),
      publicKeyFingerprint: null,
    });
    expect(await effectsOf(app.dataSource, uploadId)).toEqual(['add']);
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'completed', nextLookupAt: null });
    expect(await run()).toEqual([]);
  });

  it('looks at chosen uploads at once, as a client that was answered 203 may ask for', async () => {
    const { uploadId } = await lose();
    expect(await run({ uploadIds: [uploadId] })).toMatchObject([
      { uploadId, outcome: 'completed' },
    ]);
    expect(await app.uploads.status(uploadId)).toMatchObject({ status: 'completed' });
  });

  it('finds nothing where a chosen upload is none', async () => {
    const { uploadId } = await lose();
    expect(await run({ uploadIds: ['no such upload', uploadId] })).toMatchObject([
      { uploadId, outcome: 'completed' },
    ]);
  });

  it('closes the tickets of uploads whose callback came, without asking the bucket', async () => {
    const { uploadId, put } = await authorise();
    expect((await put()).status).toBe(200);
    await expire(uploadId);
    app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 500 }, { times: 1 });
    const report = await app.reconciler.run();
    app.oss.faults.clear();
    expect(report).toMatchObject({ closedTickets: 1, uploads: [] });
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'completed' });
  });

  it('goes on looking for an upload that may end after its ticket expired, less and less often', async () => {
    const { uploadId, put } = await authorise();
    await expire(uploadId);
    expect(await run()).toMatchObject([{ uploadId, outcome: 'pending' }]);
    const first = (await ticketOf(uploadId)).nextLookupAt!.getTime() - Date.now();
    await update(uploadId, `expires_at = now() - interval '1 hour', next_lookup_at = now()`);
    await run();
    const later = (await ticketOf(uploadId)).nextLookupAt!.getTime() - Date.now();
    expect(first).toBeGreaterThan(50_000);
    expect(later).toBeGreaterThan(3_500_000);

    drop();
    await put();
    await update(uploadId, `next_lookup_at = now()`);
    expect(await run()).toMatchObject([{ uploadId, outcome: 'completed' }]);
  });

  it('looks a last time when a ticket can no longer be reported', async () => {
    const { uploadId } = await authorise();
    await update(
      uploadId,
      `expires_at = now() - interval '20 hours', accept_until = now() + interval '4 hours', next_lookup_at = now()`,
    );
    await run();
    const { nextLookupAt, acceptUntil } = await ticketOf(uploadId);
    expect(nextLookupAt!.getTime() - acceptUntil.getTime()).toBe(60_000);
  });

  it('lets a ticket expire that nothing came of', async () => {
    const { uploadId } = await authorise();
    await end(uploadId);
    expect(await run()).toMatchObject([{ uploadId, outcome: 'expired' }]);
    expect(await ticketOf(uploadId)).toMatchObject({
      status: 'expired',
      closedAt: expect.any(Date),
    });
    expect(await rowOf(uploadId)).toBeNull();
    expect(await app.uploads.status(uploadId)).toMatchObject({ status: 'expired' });
  });

  it('takes no object that was stored after the ticket had ended', async () => {
    const { uploadId, put } = await authorise();
    drop();
    await put();
    await end(uploadId);
    expect(await run()).toMatchObject([
      { uploadId, outcome: 'expired', reason: expect.stringContaining('after the ticket') },
    ]);
    expect(await rowOf(uploadId)).toBeNull();
  });

  it('takes no object that was there before', async () => {
    const { uploadId, object } = await authorise();
    await app.oss.objects.put({ bucket: BUCKET, object, body: 'older' });
    await end(uploadId);
    expect(await run()).toMatchObject([{ uploadId, outcome: 'expired' }]);
    expect(await rowOf(uploadId)).toBeNull();
  });

  it('gives an object that two uploads stored to the one whose it is', async () => {
    const one = await lose({ object: 'same/key.txt', overwrite: true });
    const other = await lose({ object: 'same/key.txt', overwrite: true });
    await end(one.uploadId);
    await expire(other.uploadId);
    const outcomes = new Map((await run()).map(({ uploadId, outcome }) => [uploadId, outcome]));
    expect(outcomes.get(other.uploadId)).toBe('completed');
    expect(outcomes.get(one.uploadId)).toBe('expired');
    expect(await effectsOf(app.dataSource, one.uploadId)).toEqual([]);
  });

  it('records an object of two types as rejected, though it begins as its ticket says', async () => {
    const object = `sdk/${(count += 1)}.png`;
    const { uploadId } = await app.uploads.authorizeSdk({ object, contentTypes: ['image/*'] });
    const mimeType = 'image/png,text/html';
    await app.oss.objects.put({ bucket: BUCKET, object, body: 'hello', mimeType });
    await expire(uploadId);
    expect(await run()).toMatchObject([
      { uploadId, outcome: 'rejected', reason: expect.stringContaining('image/png,text/html') },
    ]);
  });

  it('records an object that violates its ticket as rejected, and runs no handler', async () => {
    const { uploadId } = await lose({ maxSizeBytes: 4 });
    await expire(uploadId);
    expect(await run()).toMatchObject([
      { uploadId, outcome: 'rejected', reason: expect.stringContaining('at most 4') },
    ]);
    expect(await rowOf(uploadId)).toMatchObject({ status: 'rejected', source: 'reconciliation' });
    expect(await effectsOf(app.dataSource, uploadId)).toEqual([]);
    await end(uploadId);
    await run();
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'expired' });
  });

  it('waits while the bucket cannot be asked, also past the end of the ticket', async () => {
    const { uploadId } = await authorise();
    await end(uploadId);
    app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 10 });
    const uploads = await run();
    app.oss.faults.clear();
    expect(uploads).toMatchObject([{ uploadId, outcome: 'unavailable' }]);
    expect(await ticketOf(uploadId)).toMatchObject({ status: 'open' });
  });

  describe('of uploads whose client did not name them', () => {
    it('completes the only one that can have stored the object', async () => {
      const { uploadId, put } = await authoriseSdk();
      await put();
      await expire(uploadId);
      expect(await run()).toMatchObject([{ uploadId, outcome: 'completed' }]);
    });

    it('takes no object that is older than the ticket', async () => {
      const object = 'sdk/older.txt';
      await app.oss.objects.put({ bucket: BUCKET, object, body: 'older' });
      const { uploadId } = await authoriseSdk({ object });
      // as if it had been authorised a minute later
      const later = createUploadId(Date.now() + 60_000);
      await update(uploadId, `id = '${later}'`);
      await expire(later);
      expect(await run()).toMatchObject([{ uploadId: later, outcome: 'pending' }]);
    });

    it('guesses between no two: they end ambiguous, and are listed', async () => {
      const object = 'sdk/two.txt';
      const one = await authoriseSdk({ object });
      const other = await authoriseSdk({ object });
      await other.put();
      await expire(one.uploadId);
      await expire(other.uploadId);
      for (const { outcome } of await run()) expect(outcome).toBe('ambiguous');
      for (const { uploadId } of [one, other]) {
        expect(await ticketOf(uploadId)).toMatchObject({ status: 'ambiguous' });
        expect(await app.uploads.status(uploadId)).toMatchObject({ status: 'ambiguous' });
        expect(await rowOf(uploadId)).toBeNull();
      }
    });

    it('leaves the ticket open where it was only asked early', async () => {
      const object = 'sdk/early.txt';
      const one = await authoriseSdk({ object });
      await authoriseSdk({ object });
      await one.put();
      expect(await run({ uploadIds: [one.uploadId] })).toMatchObject([{ outcome: 'ambiguous' }]);
      expect(await ticketOf(one.uploadId)).toMatchObject({ status: 'open' });
    });

    it('knows that a later ticket cannot have stored an earlier object', async () => {
      const object = 'sdk/again.txt';
      const one = await authoriseSdk({ object });
      await one.put();
      const other = await authoriseSdk({ object });
      await update(other.uploadId, `created_at = now() + interval '1 minute'`);
      await expire(one.uploadId);
      expect(await run()).toMatchObject([{ uploadId: one.uploadId, outcome: 'completed' }]);
    });
  });

  describe('of uploads that have a row', () => {
    it('confirms and completes one that came while the bucket was away', async () => {
      const { uploadId, put } = await authorise();
      app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 10 });
      expect((await put()).status).toBe(203);
      expect(await rowOf(uploadId)).toMatchObject({ status: 'received', confirmedAt: null });
      expect(await run()).toMatchObject([{ uploadId, outcome: 'unavailable' }]);
      app.oss.faults.clear();
      expect(await run()).toEqual([]); // it pauses
      await makeDue(app.dataSource, uploadId);
      expect(await run()).toMatchObject([{ uploadId, outcome: 'completed' }]);
      expect(await rowOf(uploadId)).toMatchObject({
        status: 'completed',
        source: 'callback',
        confirmedAt: expect.any(Date),
        lastError: null,
      });
      expect(await effectsOf(app.dataSource, uploadId)).toEqual(['add']);
    });

    it('rejects one that the bucket contradicts in the end', async () => {
      const { uploadId, object, put } = await authorise();
      app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 1 });
      await put();
      app.oss.faults.clear();
      await app.oss.objects.delete(BUCKET, object);
      expect(await run()).toMatchObject([{ uploadId, outcome: 'rejected' }]);
      expect((await rowOf(uploadId))!.lastError).toMatch(/not in the bucket/);
    });

    it('takes up handlers whose process died', async () => {
      handlerFails = true;
      const { uploadId, put } = await authorise();
      await put();
      handlerFails = false;
      // as the process would have left it
      await app.dataSource.query(
        `UPDATE oss_uploads SET status = 'received', last_error = NULL, next_attempt_at = now() WHERE id = $1`,
        [uploadId],
      );
      expect(await run()).toMatchObject([{ uploadId, outcome: 'completed' }]);
      expect(await rowOf(uploadId)).toMatchObject({ attempts: 2 });
    });

    it('abandons handlers that end the process each time', async () => {
      handlerFails = true;
      const { uploadId, put } = await authorise();
      await put();
      await app.dataSource.query(
        `UPDATE oss_uploads SET status = 'received', attempts = 10, last_error = NULL, next_attempt_at = now() WHERE id = $1`,
        [uploadId],
      );
      expect(await run()).toMatchObject([{ uploadId, outcome: 'abandoned' }]);
      expect(await rowOf(uploadId)).toMatchObject({
        attempts: 10,
        lastError: expect.stringContaining('the process crashed'),
      });
    });

    it('leaves a failed one its pause also where it is named: attempts are not used up by asking', async () => {
      handlerFails = true;
      const { uploadId, put } = await authorise();
      await put();
      await postpone(app.dataSource, uploadId);
      const failed = await rowOf(uploadId);
      for (let times = 0; times < 12; times += 1) {
        expect(await run({ uploadIds: [uploadId] })).toMatchObject([{ outcome: 'failed' }]);
      }
      expect(await rowOf(uploadId)).toEqual(failed);
      expect(failed).toMatchObject({ status: 'failed', attempts: 1 });
      handlerFails = false;
      await makeDue(app.dataSource, uploadId);
      await run({ uploadIds: [uploadId] });
      expect(await rowOf(uploadId)).toMatchObject({ status: 'completed', attempts: 2 });
    });

    it('asks now about one that the bucket has yet to confirm, where it is named', async () => {
      const { uploadId, put } = await authorise();
      app.oss.faults.inject({ at: 'head-object', effect: 'answer', status: 503 }, { times: 10 });
      await put();
      expect(await run()).toMatchObject([{ outcome: 'unavailable' }]);
      app.oss.faults.clear();
      expect(await run()).toEqual([]); // it pauses
      expect(await run({ uploadIds: [uploadId] })).toMatchObject([{ outcome: 'completed' }]);
    });
  });

  it('tells in a dry run what it would do, and changes nothing', async () => {
    const found = await lose();
    const nothing = await authorise();
    await expire(found.uploadId);
    await end(nothing.uploadId);
    const before = await ticketOf(found.uploadId);
    const report = await app.reconciler.run({ dryRun: true });
    const outcomes = new Map(report.uploads.map(({ uploadId, outcome }) => [uploadId, outcome]));
    expect(report.dryRun).toBe(true);
    expect(outcomes.get(found.uploadId)).toBe('completed');
    expect(outcomes.get(nothing.uploadId)).toBe('expired');
    expect(await ticketOf(found.uploadId)).toEqual(before);
    expect(await rowOf(found.uploadId)).toBeNull();
    await run();
  });

  it.each([0, -1, 1.5, 1_000_001, NaN, '1; DROP TABLE oss_uploads', [1], null, { toString: 1 }])(
    'refuses %j as its limit, dry or not',
    async (limit) => {
      for (const dryRun of [true, false]) {
        await expect(app.reconciler.run({ dryRun, limit: limit as number })).rejects.toMatchObject({
          code: 'INVALID_FILTER',
          status: 400,
          message: expect.stringMatching(
            /^OssUploadReconciler: "limit" is .+, not a whole number from 1 to 1000000\.$/,
          ),
        });
      }
    },
  );

  it('takes no more than its limit in one run, and says so', async () => {
    const lost = await Promise.all(Array.from({ length: 5 }, () => authorise()));
    for (const { uploadId } of lost) await end(uploadId);
    const report = await app.reconciler.run({ limit: 3 });
    expect(report.uploads).toHaveLength(3);
    expect(report.limitReached).toBe(true);
    expect(await run()).toHaveLength(2);
  });

  it('deletes tickets that are closed and long over', async () => {
    const { uploadId } = await authorise();
    await end(uploadId);
    await run();
    expect(await app.dataSource.manager.countBy(OssUploadTicket, { id: uploadId })).toBe(1);
    const old = '01900000-0000-7000-8000-000000000000';
    await update(uploadId, `id = '${old}'`);
    const report = await app.reconciler.run();
    expect(report.deletedRecords).toBeGreaterThan(0);
    expect(await app.dataSource.manager.countBy(OssUploadTicket, { id: old })).toBe(0);
  });

  it('deletes refused callbacks that were kept long enough', async () => {
    const id = '01900000-0000-7000-8000-000000000001';
    await app.dataSource.manager.insert(OssCallbackRejection, {
      id,
      rejectedAt: new Date('2024-06-01T00:00:00Z'),
      code: 'TICKET_INVALID',
      reason: 'old',
      signed: true,
      occurrences: 1,
      path: '/oss/callback',
      bodyBytes: 0,
    });
    expect((await app.reconciler.run()).deletedRecords).toBe(1);
    expect(await app.dataSource.manager.countBy(OssCallbackRejection, { id })).toBe(0);
  });

  it('shares its work among instances: each upload is handled once', async () => {
    const other = await startTestApp({
      oss: app.oss,
      database: app.database,
      providers: [Albums],
      options: { reconciliation: false, publicUrl: app.url },
    });
    const lost = [];
    for (let index = 0; index < 30; index += 1) lost.push(await lose());
    for (const { uploadId } of lost) await expire(uploadId);
    const [here, there] = await Promise.all([
      app.reconciler.run(),
      other.app.get(OssUploadReconciler).run(),
    ]);
    await other.stop();
    const all = [...here.uploads, ...there.uploads];
    expect(all.map(({ uploadId }) => uploadId).toSorted()).toEqual(
      lost.map(({ uploadId }) => uploadId).toSorted(),
    );
    for (const { outcome } of all) expect(outcome).toBe('completed');
    for (const { uploadId } of lost) {
      expect(await effectsOf(app.dataSource, uploadId)).toEqual(['add']);
    }
  });

  it('ends where the app shuts down, also for uploads that are named', async () => {
    const lost = [];
    for (let index = 0; index < 30; index += 1) lost.push(await lose());
    const uploadIds = lost.map(({ uploadId }) => uploadId);
    const running = app.reconciler.run({ uploadIds });
    await app.reconciler.stop();
    const { uploads } = await running;
    expect(uploads.length).toBeLessThan(uploadIds.length);
    // nothing is lost by it
    await run({ uploadIds });
    for (const uploadId of uploadIds) {
      expect(await effectsOf(app.dataSource, uploadId)).toEqual(['add']);
    }
  });
});
