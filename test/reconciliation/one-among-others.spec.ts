import { Injectable } from '@nestjs/common';
import { Transform } from 'class-transformer';
import type { EntityManager } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  CustomVariablesDto,
  OnUploadCompleted,
  OssUpload,
  type UploadRequest,
} from '../../src/index.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect, makeDue } from '../handlers/effects.js';
import { useTestApp } from '../support/test-app.js';

class AlbumVariables extends CustomVariablesDto {
  @Transform(({ value }) => JSON.parse(String(value)) as unknown)
  album?: string;
}

@Injectable()
class Albums {
  @OnUploadCompleted({ variables: AlbumVariables })
  async add(upload: OssUpload, manager: EntityManager) {
    await leaveEffect(upload, manager, 'add');
  }
}

describe('one upload among others', () => {
  const app = useTestApp({
    createDatabase: createDatabaseWithEffects,
    providers: [Albums],
    hasNoSchedule: true,
    options: { handlers: { maxAttempts: 2 } },
  });
  let count = 0;

  async function authorise(variables: UploadRequest['variables']) {
    const object = `one/${(count += 1)}.txt`;
    const { uploadId, url, headers } = await app.uploads.authorizePutObject({ object, variables });
    const put = async () => (await fetch(url, { method: 'PUT', headers, body: 'hello' })).status;
    return { uploadId, put };
  }
  async function lose(variables: UploadRequest['variables']) {
    const upload = await authorise(variables);
    app.oss.faults.inject({ at: 'callback', effect: 'drop' }, { times: 1 });
    expect(await upload.put()).toBe(203);
    await app.dataSource.query(
      `UPDATE oss_upload_tickets SET next_lookup_at = now() WHERE id = $1`,
      [upload.uploadId],
    );
    return upload;
  }
  const statusOf = async (uploadId: string) => (await app.audit.get(uploadId))?.status;

  it('whose variables break the filter of a handler is recorded, tried, and abandoned with the reason', async () => {
    const { uploadId, put } = await authorise({ album: 'no JSON' });
    expect(await put()).toBe(200);
    expect(await app.audit.get(uploadId)).toMatchObject({
      status: 'failed',
      attempts: 1,
      lastError: expect.stringContaining('JSON'),
    });
    await makeDue(app.dataSource, uploadId);
    await app.reconciler.run();
    expect(await statusOf(uploadId)).toBe('abandoned');
  });

  it('whose variables break the filter of a handler does not keep others from being found', async () => {
    const bad = await lose({ album: 'no JSON' });
    const good = await lose({ album: '"summer"' });
    await app.reconciler.run();
    expect(await statusOf(bad.uploadId)).toBe('failed');
    expect(await statusOf(good.uploadId)).toBe('completed');
    expect(await effectsOf(app.dataSource, good.uploadId)).toEqual(['add']);
  });

  it.each(['received', 'failed'])(
    'that is %s from when the bucket was not asked is confirmed, and completed once',
    async (status) => {
      const { uploadId, put } = await authorise({ album: '"summer"' });
      await put();
      // as an app with `confirmObject: 'never'` leaves it
      await app.dataSource.query(
        `UPDATE oss_uploads SET status = $2, confirmed_at = NULL, completed_at = NULL, last_error = NULL,
          next_attempt_at = now() WHERE id = $1`,
        [uploadId, status],
      );
      await app.dataSource.query('DELETE FROM effects WHERE upload_id = $1', [uploadId]);
      await app.reconciler.run();
      expect(await app.audit.get(uploadId)).toMatchObject({
        status: 'completed',
        confirmedAt: expect.any(Date),
      });
      expect(await effectsOf(app.dataSource, uploadId)).toEqual(['add']);
    },
  );
});
