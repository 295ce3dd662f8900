import type { RequestListener } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';
import { bucketOf } from '../../test/support/answering-bucket.js';
import { BucketStorageClasses } from './bucket-storage-classes.js';

const answers = (status: number, text: string) => {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status).end(text);
  };
  return { asked, listener };
};
const endsAtMs = () => performance.now() + 5_000;
const error = (code: string) => `<Error><Code>${code}</Code><Message>m</Message></Error>`;
const info = '<BucketInfo><Bucket><StorageClass>ColdArchive</StorageClass></Bucket></BucketInfo>';

it('asks the bucket for its class, and again after five minutes', async () => {
  const { asked, listener } = answers(200, info);
  const bucket = await bucketOf(listener);
  const classes = new BucketStorageClasses();
  const found = { state: 'found', storageClass: 'ColdArchive' };
  expect(await classes.lookUp(bucket, endsAtMs())).toEqual(found);
  expect(await classes.lookUp(bucket, endsAtMs())).toEqual(found);
  expect(asked).toEqual(['GET /photos/?bucketInfo']);
  const later = performance.now() + 300_001;
  const clock = vi.spyOn(performance, 'now').mockReturnValue(later);
  onTestFinished(() => clock.mockRestore());
  expect(await classes.lookUp(bucket, endsAtMs())).toEqual(found);
  expect(asked).toHaveLength(2);
});

it('keeps that credentials may not ask', async () => {
  const { asked, listener } = answers(403, error('AccessDenied'));
  const bucket = await bucketOf(listener);
  const classes = new BucketStorageClasses();
  for (let count = 0; count < 2; count += 1) {
    expect(await classes.lookUp(bucket, endsAtMs())).toEqual({
      state: 'refused',
      reason:
        'GetBucketInfo returned 403 (AccessDenied); the credentials need the permission oss:GetBucketInfo',
    });
  }
  expect(asked).toHaveLength(1);
});

it.each([
  ['503', 503, error('InternalError')],
  ['429', 429, ''],
  ['something else than the document', 200, '<html>'],
])('keeps nothing of an answer that says nothing: %s', async (_what, status, text) => {
  const { asked, listener } = answers(status, text);
  const bucket = await bucketOf(listener);
  const classes = new BucketStorageClasses();
  expect(await classes.lookUp(bucket, endsAtMs())).toMatchObject({ state: 'unavailable' });
  expect(await classes.lookUp(bucket, endsAtMs())).toMatchObject({ state: 'unavailable' });
  expect(asked).toHaveLength(2);
});

it('does not throw where no answer comes', async () => {
  const bucket = await bucketOf((request) => request.socket.destroy());
  const classes = new BucketStorageClasses();
  expect(await classes.lookUp(bucket, endsAtMs())).toEqual({
    state: 'unavailable',
    reason: expect.stringContaining('GET 127.0.0.1'),
  });
});
