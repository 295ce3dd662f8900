import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCallback, type SdkAuthorisation } from '../../src/index.js';
import { renderCallbackBody } from '../../src/protocol/callback/callback-rendering.js';
import { putSymlink, STS } from '../support/sdk-uploader.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { reportFromElsewhere, startSharedOss } from './other-customer.js';

/** What the bucket says of another user's object. */
const FACTS = { bucket: BUCKET, etag: '5D41402ABC4B2A76B9719D911017C592', size: 5 };
const THEIRS = 'users/1/passport.txt';

describe("a symlink to another user's object", () => {
  const app = useTestApp({
    hasNoSchedule: true,
    options: {
      buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', sts: STS } },
    },
    createOss: startSharedOss,
  });
  let count = 0;

  beforeAll(async () => {
    await app.oss.objects.put({ bucket: BUCKET, object: THEIRS, body: 'hello' });
  });

  /** His own upload, in whose place he puts a symlink that carries its upload id. */
  async function link(): Promise<SdkAuthorisation> {
    const object = `users/2/${(count += 1)}.txt`;
    const authorisation = await app.uploads.authorizeSdk({ object, owner: 'user-2' });
    expect((await putSymlink(app.oss, authorisation, THEIRS)).status).toBe(200);
    return authorisation;
  }

  function report({ object, callback }: SdkAuthorisation) {
    const { 'x-oss-callback': parameter, 'x-oss-callback-var': variables } = callback.headers;
    const decoded = decodeCallback(parameter, variables);
    if (!decoded.ok) throw new Error(decoded.message);
    const { body, bodyType = 'application/x-www-form-urlencoded' } = decoded.parameter;
    const values = new Map(Object.entries({ ...FACTS, object, mimeType: 'text/plain' }));
    return reportFromElsewhere(
      app.oss,
      `${app.url}/oss/callback`,
      renderCallbackBody(body, bodyType, values),
    );
  }

  it('is not the upload, though OSS shows its size and ETag, and the right upload id', async () => {
    const upload = await link();
    expect(await report(upload)).toEqual({
      status: 409,
      json: { code: 'OBJECT_MISMATCH', message: 'The object is not the one described.' },
    });
    expect((await app.uploads.status(upload.uploadId)).status).toBe('pending');
  });

  it('is not found by the reconciliation either', async () => {
    const { uploadId } = await link();
    expect(await app.reconciler.run({ uploadIds: [uploadId] })).toMatchObject({
      uploads: [{ uploadId, outcome: 'pending', reason: expect.stringContaining('is "Symlink"') }],
    });
    expect(await app.audit.get(uploadId)).toBeNull();
  });
});
