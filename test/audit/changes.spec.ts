import { Injectable } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createOssUploadAuditController,
  OnUploadCompleted,
  type OssUpload,
  type OssUploadRetry,
  OssUploadTicket,
} from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { CallbackController } from '../support/callback-controller.js';
import { platforms } from '../support/platforms.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { AdminGuard, SessionGuard } from './audit-pages.js';

let isBroken = true;
const handled: string[] = [];

@Injectable()
class Handlers {
  @OnUploadCompleted()
  handle({ id }: OssUpload): void {
    if (isBroken) throw new Error('the handler is broken');
    handled.push(id);
  }
}

beforeEach(() => {
  isBroken = true;
  handled.length = 0;
});

describe.each(platforms)('what an operator decides, on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [
      CallbackController,
      createOssUploadAuditController({
        path: 'admin/uploads',
        guards: [SessionGuard, AdminGuard],
        allowChanges: true,
      }),
      createOssUploadAuditController({ path: 'read/uploads', guards: [SessionGuard, AdminGuard] }),
    ],
    providers: [Handlers],
    hasNoSchedule: true,
    options: { handlers: { maxAttempts: 1 } },
  });

  /** An upload that is given up, since its handler is broken. */
  async function abandoned(owner: string): Promise<string> {
    const form = await world.uploads.authorizePostObject({ objectPrefix: 'a/', owner });
    await sendUpload(form, 'hello');
    expect(await world.audit.get(form.uploadId)).toMatchObject({ status: 'abandoned' });
    return form.uploadId;
  }
  const statusOf = async (id: string) => (await world.audit.status(id)).status;

  async function post(path: string, body: unknown, user = 'admin', type = 'application/json') {
    const response = await fetch(`${world.url}/${path}`, {
      method: 'POST',
      headers: { user, 'content-type': type },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  it('takes abandoned uploads up again: those that are named, or those of a filter', async () => {
    const [ann, bob, bobs] = [
      await abandoned('ann'),
      await abandoned('bob'),
      await abandoned('bob'),
    ];
    isBroken = false;
    expect(await world.audit.retry({ ids: [ann, 'x'] })).toEqual({ retried: 1, refused: 0 });
    await world.reconciler.run();
    expect(handled).toEqual([ann]);
    expect(await statusOf(bob)).toBe('abandoned');
    expect(await world.audit.retry({ owner: 'bob', limit: 1 })).toMatchObject({ retried: 1 });
    expect(await world.audit.retry({ owner: 'bob' })).toMatchObject({ retried: 1 });
    await world.reconciler.run();
    expect(handled.toSorted()).toEqual([ann, bob, bobs].toSorted());
    expect(await world.audit.retry({})).toEqual({ retried: 0, refused: 0 });
  });

  it('gives them all their attempts anew', async () => {
    const id = await abandoned('ann');
    await world.audit.retry({ ids: [id] });
    expect(await world.audit.get(id)).toMatchObject({ status: 'failed', attempts: 0 });
    await world.reconciler.run();
    expect(await world.audit.get(id)).toMatchObject({ status: 'abandoned', attempts: 1 });
  });

  it('has failed ones not wait for their pause, where it is said', async () => {
    const id = await abandoned('ann');
    await world.dataSource.query(
      `UPDATE oss_uploads SET status = 'failed', next_attempt_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    isBroken = false;
    expect(await world.audit.retry({ ids: [id] })).toMatchObject({ retried: 0 });
    expect(await world.audit.retry({ ids: [id], status: 'failed' })).toMatchObject({ retried: 1 });
    expect(await world.audit.retry({ ids: [id], status: 'failed' })).toMatchObject({ retried: 0 });
    await world.reconciler.run();
    expect(handled).toEqual([id]);
  });

  it.each([
    { ids: 'all' },
    { ids: null },
    { ids: Array.from({ length: 1_001 }, () => 'x') },
    { status: 'completed' },
    { owner: undefined },
    { ownr: 'ann' },
    { limit: 0 },
    { limit: NaN },
    { from: 'yesterday' },
  ])('refuses to retry %j', async (retry) => {
    const id = await abandoned('ann');
    await expect(world.audit.retry(retry as unknown as OssUploadRetry)).rejects.toMatchObject({
      code: 'INVALID_FILTER',
    });
    expect(await statusOf(id)).toBe('abandoned');
  });

  it('serves the same to those whom the guards let in, and to them alone', async () => {
    const id = await abandoned('ann');
    isBroken = false;
    const body = { owner: 'ann', from: '2026-01-01', limit: 1_000 };
    expect(await post('admin/uploads/retry', body, 'ann')).toMatchObject({ status: 403 });
    expect(await post('read/uploads/retry', body)).toMatchObject({ status: 404 });
    for (const invalid of [{}, [], { ids: null }, { from: 'yesterday' }, { from: 7 }]) {
      expect(await post('admin/uploads/retry', invalid)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_FILTER' },
      });
    }
    const form = await post('admin/uploads/retry', { ids: [id] }, 'admin', 'text/plain');
    expect([400, 415]).toContain(form.status);
    expect(await statusOf(id)).toBe('abandoned');
    expect(await post('admin/uploads/retry', body)).toMatchObject({
      status: 200,
      body: { refused: 0 },
    });
    await world.reconciler.run();
    expect(handled).toContain(id);
  });

  describe('about an ambiguous ticket', () => {
    let count = 0;

    /** Two uploads to one key, one of which stored an object without naming its upload. */
    async function ambiguous() {
      isBroken = false;
      const object = `sdk/${platform}/${(count += 1)}.txt`;
      const one = await world.uploads.authorizeSdk({ object, owner: 'ann' });
      const other = await world.uploads.authorizeSdk({ object, owner: 'bob' });
      await world.oss.objects.put({ bucket: BUCKET, object, body: 'hello' });
      const ids = [one.uploadId, other.uploadId] as const;
      await world.dataSource.query(
        `UPDATE oss_upload_tickets SET expires_at = now() - interval '1 minute', next_lookup_at = now() WHERE id = ANY ($1)`,
        [ids],
      );
      await world.reconciler.run();
      expect(await Promise.all(ids.map(statusOf))).toEqual(['ambiguous', 'ambiguous']);
      return { object, mine: ids[0], others: ids[1] };
    }
    const resolve = (id: string, decision: unknown) =>
      post(`admin/uploads/tickets/${id}/resolution`, { decision });

    it('that its object is that of the upload: it is recorded and handled, and the other can be dismissed', async () => {
      const { mine, others } = await ambiguous();
      expect(await resolve(mine, 'accept')).toMatchObject({
        status: 200,
        body: { status: 'completed', owner: 'ann' },
      });
      expect(handled).toEqual([mine]);
      expect(await world.audit.get(mine)).toMatchObject({ source: 'reconciliation', size: 5 });
      expect(await resolve(others, 'dismiss')).toMatchObject({ body: { status: 'expired' } });
      await world.reconciler.run();
      expect(await statusOf(others)).toBe('expired');
      expect(handled).toEqual([mine]);
    });

    it('twice at once: it is recorded and handled once', async () => {
      const { mine } = await ambiguous();
      const answers = await Promise.all([resolve(mine, 'accept'), resolve(mine, 'accept')]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
      expect(handled).toEqual([mine]);
    });

    it('that it is to be looked for again', async () => {
      const { mine } = await ambiguous();
      await resolve(mine, 'look-again');
      expect(await statusOf(mine)).toBe('pending');
      await world.reconciler.run();
      expect(await statusOf(mine)).toBe('ambiguous');
    });

    it('in vain where the object is gone or the bucket does not answer: the ticket is as before', async () => {
      const { mine, others, object } = await ambiguous();
      const stop = world.oss.faults.inject(
        { at: 'head-object', effect: 'answer', status: 503 },
        { times: Infinity },
      );
      expect(await resolve(mine, 'accept')).toMatchObject({
        status: 503,
        body: { code: 'OSS_UNAVAILABLE' },
      });
      stop();
      await world.oss.objects.delete(BUCKET, object);
      expect(await resolve(others, 'accept')).toMatchObject({
        status: 409,
        body: { code: 'OBJECT_MISSING' },
      });
      expect([await statusOf(mine), await statusOf(others)]).toEqual(['ambiguous', 'ambiguous']);
      const ticket = await world.dataSource.manager.findOneByOrFail(OssUploadTicket, { id: mine });
      expect(ticket).toMatchObject({ nextLookupAt: null, closedAt: expect.any(Date) });
    });

    it('nothing where the ticket is none, or not ambiguous, or the decision is none', async () => {
      const { mine } = await ambiguous();
      expect(await resolve(mine, 'maybe')).toMatchObject({ body: { code: 'INVALID_FILTER' } });
      expect(await resolve(mine, undefined)).toMatchObject({ status: 400 });
      await resolve(mine, 'dismiss');
      expect(await resolve(mine, 'accept')).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('the ticket is expired') },
      });
      for (const id of ['x', '00000000-0000-7000-8000-000000000000']) {
        expect(await resolve(id, 'dismiss')).toMatchObject({
          status: 404,
          body: { code: 'UPLOAD_NOT_FOUND' },
        });
      }
    });
  });
});

it('lets no users decide about uploads', () => {
  const options = { guards: [SessionGuard], ownerOf: () => 'ann', allowChanges: true };
  expect(() => createOssUploadAuditController(options)).toThrow('"allowChanges" is for operators');
});
