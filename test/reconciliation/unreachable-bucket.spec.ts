import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OssUploadReconciler } from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { OssProxy } from '../callbacks/oss-proxy.js';
import { BUCKET, startOss, startTestApp, type TestApp } from '../support/test-app.js';

const REGION = 'cn-hangzhou';
/** Several times what one run looks up at once. */
const UNREACHABLE = 40;

describe('a bucket that does not answer', () => {
  let oss: OssSimulator;
  let wayToUnreachable: OssProxy;
  let app: TestApp;
  let reconciler: OssUploadReconciler;

  beforeAll(async () => {
    oss = await startOss();
    wayToUnreachable = new OssProxy(oss.url);
    await wayToUnreachable.start();
    app = await startTestApp({
      oss,
      hasNoSchedule: true,
      options: {
        buckets: {
          main: { bucket: BUCKET, region: REGION },
          unreachable: { bucket: 'unreachable', region: REGION, endpoint: wayToUnreachable.url },
        },
      },
    });
    reconciler = app.app.get(OssUploadReconciler);
  });
  afterAll(async () => {
    await app.stop();
    await wayToUnreachable.stop();
    await oss.stop();
  });

  const authorise = (bucket: string, index: number) =>
    app.uploads.authorizePutObject({ bucket, object: `${bucket}/${index}.txt` });
  const bucketsOf = async () => (await reconciler.run()).uploads.map(({ bucket }) => bucket);

  it('is left alone for the rest of a run: its time-outs do not cost the others their turn', async () => {
    wayToUnreachable.heads = 'reset';
    for (let index = 0; index < UNREACHABLE; index += 1) await authorise('unreachable', index);
    const { uploadId, url, headers } = await authorise('main', 0);
    oss.faults.inject({ at: 'callback', effect: 'drop' }, { times: 1 });
    expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(203);
    await app.dataSource.query(`UPDATE oss_upload_tickets SET next_lookup_at = created_at`);

    const first = await bucketsOf();
    expect(first.filter((bucket) => bucket === 'unreachable').length).toBeLessThan(UNREACHABLE / 2);
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed' });

    // In the next run it is asked again.
    wayToUnreachable.heads = 'pass';
    expect(await bucketsOf()).toHaveLength(UNREACHABLE - first.length + 1);
  });

  it('does not keep from their handlers the uploads that it has confirmed', async () => {
    wayToUnreachable.heads = 'reset';
    for (let index = 0; index < UNREACHABLE; index += 1) {
      const { uploadId } = await authorise('main', 100 + index);
      await app.dataSource.query(
        `INSERT INTO oss_uploads (id, identity, bucket, object, variables, source, status, attempts, next_attempt_at,
          confirmed_at, last_error, ticketed, received_at)
        VALUES ($1::uuid, 'ticket:' || $1::text, 'unreachable', $1::text, '{}', 'callback', 'received', 0,
          now() - $2 * interval '1 second', CASE WHEN $2 = 1 THEN now() END, 'away', true, now())`,
        [uploadId, UNREACHABLE - index],
      );
    }
    const { uploads } = await reconciler.run();
    const looked = uploads.filter(({ outcome }) => outcome === 'unavailable');
    expect(looked.length).toBeLessThan(UNREACHABLE / 2);
    // the last of all
    expect(uploads).toContainEqual(expect.objectContaining({ outcome: 'completed' }));
  });
});
