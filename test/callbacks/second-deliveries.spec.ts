import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CompletedUpload, OssCallback, OssUpload, type UploadRequest } from '../../src/index.js';
import type { CallbackRecord, OssSimulator } from '../../src/simulator/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { BUCKET, startOss, startTestApp, type TestApp, useTestApp } from '../support/test-app.js';
import { PNG } from '../uploads/png.js';
import { deliver, lastCallback } from './deliver.js';
import { startBrokenLoadBalancer } from './load-balancer.js';
import { LONGEST_ANSWER_MS } from '../support/answer-times.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id, key: upload.object, size: upload.size };
  }
}

describe('a callback that comes more than once', () => {
  let oss: OssSimulator;
  let balancer: Awaited<ReturnType<typeof startBrokenLoadBalancer>>;
  let one: TestApp;
  let other: TestApp;
  let count = 0;

  beforeAll(async () => {
    oss = await startOss();
    balancer = await startBrokenLoadBalancer();
    const shared = {
      platform: 'Fastify' as const,
      controllers: [CallbackController],
      oss,
      // many at once on a busy machine take their time
      options: { publicUrl: balancer.url, answerWithinMs: LONGEST_ANSWER_MS },
    };
    one = await startTestApp(shared);
    other = await startTestApp({ ...shared, database: one.database });
  });
  afterAll(async () => {
    await other.stop();
    await one.stop();
    await balancer.stop();
    await oss.stop();
  });

  /** An upload whose callback no instance has seen yet. */
  async function upload(request: Partial<UploadRequest> = {}, body = 'hello') {
    const { method, url, headers, uploadId } = await one.uploads.authorizePutObject({
      object: `twice/${(count += 1)}.txt`,
      ...request,
    });
    const put = async (content: string | Buffer): Promise<CallbackRecord> => {
      const response = await fetch(url, { method, headers, body: Buffer.from(content) });
      expect([response.status, await response.text()]).toEqual([
        203,
        expect.stringContaining('Error status : 502.'),
      ]);
      return lastCallback(oss);
    };
    return { uploadId, callback: await put(body), put };
  }

  function answerFor({ uploadId, callback }: { uploadId: string; callback: CallbackRecord }) {
    return { uploadId, key: callback.object, size: 5 };
  }

  it('is one upload, and each delivery gets the answer of the method', async () => {
    const uploaded = await upload();
    const [first, second] = [
      await deliver(one.url, uploaded.callback),
      await deliver(one.url, uploaded.callback),
    ];
    expect([first.status, first.json]).toEqual([200, answerFor(uploaded)]);
    expect([second.status, second.json]).toEqual([200, answerFor(uploaded)]);
    expect((await one.audit.find({ object: uploaded.callback.object })).uploads).toHaveLength(1);
  });

  it('is one upload where 50 deliveries meet', async () => {
    const uploaded = await upload();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => deliver(one.url, uploaded.callback)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set([`200 ${JSON.stringify(answerFor(uploaded))}`]),
    );
    expect((await one.audit.find({ object: uploaded.callback.object })).uploads).toMatchObject([
      { id: uploaded.uploadId, status: 'completed', supersededEtag: null },
    ]);
  });

  it('is one upload where two instances get it at the same moment', async () => {
    const uploads = [];
    for (let index = 0; index < 10; index += 1) uploads.push(await upload());
    const answers = await Promise.all(
      uploads.flatMap(({ callback }) => [deliver(one.url, callback), deliver(other.url, callback)]),
    );
    expect(answers.map(({ status, json }) => [status, json])).toEqual(
      uploads.flatMap((uploaded) => [
        [200, answerFor(uploaded)],
        [200, answerFor(uploaded)],
      ]),
    );
    const rows = await Promise.all(
      uploads.map(({ callback }) => other.audit.find({ object: callback.object })),
    );
    expect(rows.map((found) => found.uploads.length)).toEqual(uploads.map(() => 1));
  });

  it.each([
    ['was deleted', () => undefined],
    [
      'was replaced',
      (object: string) => oss.objects.put({ bucket: BUCKET, object, body: 'something else' }),
    ],
  ])('is answered like the first one when the object %s since', async (_name, change) => {
    const uploaded = await upload();
    await deliver(one.url, uploaded.callback);
    await oss.objects.delete(BUCKET, uploaded.callback.object);
    await change(uploaded.callback.object);

    const again = await deliver(other.url, uploaded.callback);
    expect([again.status, again.json]).toEqual([200, answerFor(uploaded)]);
    expect(await one.audit.get(uploaded.uploadId)).toMatchObject({
      status: 'completed',
      size: 5,
      supersededEtag: null,
    });
  });

  it('does not count when the object is gone before the first delivery', async () => {
    const uploaded = await upload();
    await oss.objects.delete(BUCKET, uploaded.callback.object);
    const answer = await deliver(one.url, uploaded.callback);
    expect([answer.status, answer.json]).toEqual([
      409,
      { code: 'OBJECT_MISSING', message: 'The object is not in the bucket.' },
    ]);
    expect(await one.audit.get(uploaded.uploadId)).toBeNull();
  });

  it('is refused, and noted, when the same ticket stored another object since', async () => {
    const uploaded = await upload({ overwrite: true });
    await deliver(one.url, uploaded.callback);
    const completed = await one.audit.get(uploaded.uploadId);
    const later = await uploaded.put('other');

    const answer = await deliver(other.url, later);
    expect([answer.status, answer.json]).toEqual([
      409,
      { code: 'TICKET_USED', message: 'The upload was already completed.' },
    ]);
    expect(await one.audit.get(uploaded.uploadId)).toEqual(
      Object.assign(completed!, { supersededEtag: '795F3202B17CB6BC3D4B771D8C6C9EAF' }),
    );
    const first = await deliver(one.url, uploaded.callback);
    expect([first.status, first.json]).toEqual([200, answerFor(uploaded)]);
  });

  it('is rejected for an object that violates its ticket, until one comes that keeps it', async () => {
    const { uploadId, callback, put } = await upload(
      { overwrite: true, maxSizeBytes: 100, contentTypes: ['image/png'] },
      'much too long'.repeat(10),
    );
    for (const instance of [one, other]) {
      const refused = await deliver(instance.url, callback);
      expect([refused.status, refused.json]).toEqual([
        409,
        { code: 'TICKET_LIMITS_BROKEN', message: 'The object violates the limits of its ticket.' },
      ]);
    }
    expect(await one.audit.get(uploadId)).toMatchObject({
      status: 'rejected',
      size: 130,
      lastError: 'the object has 130 bytes; at most 100 are allowed',
      completedAt: null,
    });

    // without the bucket's word, what the same signed callback claims is no news
    const rejected = await one.audit.get(uploadId);
    oss.faults.inject({ at: 'head-object', effect: 'answer', status: 500 }, { times: Infinity });
    const unconfirmed = await deliver(other.url, callback);
    oss.faults.clear();
    expect([unconfirmed.status, unconfirmed.json]).toMatchObject([
      409,
      { code: 'TICKET_LIMITS_BROKEN' },
    ]);
    expect(await one.audit.get(uploadId)).toEqual(rejected);

    const good = await put(PNG);
    const accepted = await deliver(one.url, good);
    expect([accepted.status, accepted.json]).toEqual([
      200,
      { uploadId, key: callback.object, size: PNG.byteLength },
    ]);
    // nothing in the row is left of the rejected object
    expect((await one.audit.find({ object: callback.object })).uploads).toMatchObject([
      {
        id: uploadId,
        status: 'completed',
        size: PNG.byteLength,
        imageWidth: 2,
        imageHeight: 1,
        imageFormat: 'png',
        requestId: good.requestId,
        lastError: null,
        completedAt: expect.any(Date),
      },
    ]);
    expect((await deliver(one.url, callback)).json).toMatchObject({ code: 'OBJECT_MISMATCH' });
  });
});

describe('an object that violates its ticket', () => {
  it.each(['before-completion', 'never'] as const)(
    'gives way to the same bytes with the right type (confirmObject: %s)',
    async (confirmObject) => {
      const app = await startTestApp({
        controllers: [CallbackController],
        options: { confirmObject },
      });
      onTestFinished(() => app.stop());
      const form = await app.uploads.authorizePostObject({
        object: 'photo',
        // types of several families, which no policy can pin
        contentTypes: ['image/*', 'video/*'],
        overwrite: true,
      });
      const { uploadId } = form;
      const send = async (type: string) =>
        (await sendUpload(form, new Blob([PNG], { type }))).status;
      expect(await send('text/html')).toBe(203);
      expect(await app.audit.get(uploadId)).toMatchObject({
        status: 'rejected',
        mimeType: 'text/html',
      });
      expect(await send('image/png')).toBe(200);
      expect((await app.audit.find()).uploads).toMatchObject([
        { id: uploadId, status: 'completed', mimeType: 'image/png', lastError: null },
      ]);
    },
  );
});

describe('an upload whose callback OSS makes twice', () => {
  const app = useTestApp({ platform: 'Fastify', controllers: [CallbackController] });

  it.each([true, false])('is one upload (at the same moment: %s)', async (concurrently) => {
    app.oss.faults.inject({ at: 'callback', effect: 'deliver-twice', concurrently });
    const { uploadId } = await app.uploads.putObject({ objectPrefix: 'twice/', body: 'hello' });
    const [first, second] = app.oss.callbacks.slice(-2);
    expect(first!.answer!.body).toEqual(second!.answer!.body);
    expect([first!.failure, second!.failure]).toEqual([undefined, undefined]);
    expect((await app.audit.find({ object: `twice/${uploadId}` })).uploads).toHaveLength(1);
  });

  it('is complete though the answer got lost on its way to the uploader', async () => {
    app.oss.faults.inject({ at: 'callback', effect: 'lose-answer' });
    const uploading = app.uploads.putObject({ object: 'lost-answer', body: 'hello' });
    await expect(uploading).rejects.toMatchObject({ code: 'CALLBACK_FAILED' });
    expect((await app.audit.find({ object: 'lost-answer' })).uploads).toMatchObject([
      { status: 'completed' },
    ]);
  });
});
