import { ConsoleLogger, Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OnUploadCompleted, type OssCallbackOptions } from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { startAppForTest, useDatabase } from '../support/test-app.js';
import { useCapturedOutput } from './captured-output.js';

const written = useCapturedOutput();

@Injectable()
class Photos {
  @OnUploadCompleted({ objectPrefix: 'handled/' })
  handle(): void {}

  @OnUploadCompleted({ objectPrefix: 'failing/' })
  fail(): void {
    throw new Error('not now');
  }
}

const lines = () =>
  written
    .map((text) => JSON.parse(text) as { level: string; message: string; params?: object })
    .filter(({ message }) => message.startsWith('Upload completed'));

describe('the log', () => {
  const database = useDatabase();
  const start = (options: Partial<OssCallbackOptions> = {}) =>
    startAppForTest({
      database,
      platform: 'Fastify',
      providers: [Photos],
      logger: new ConsoleLogger({ json: true }),
      hasNoSchedule: true,
      options,
    });

  it.each(['handled/a\nb.png', 'plain/a.png'])(
    'has one line for the completed upload of %j, however often it is reported',
    async (object) => {
      const world = await start();
      world.oss.faults.inject({ at: 'callback', effect: 'deliver-twice' });
      const put = await world.uploads.authorizePutObject({ object, owner: 'ann' });
      expect((await sendUpload(put, 'hello')).status).toBe(200);
      expect(lines()).toEqual([
        expect.objectContaining({
          level: 'log',
          message: expect.stringMatching(
            /^Upload completed: "(handled\/a\\nb|plain\/a)\.png", 5 bytes, owner "ann", \d+ ms$/,
          ),
          params: { uploadId: put.uploadId, requestId: expect.any(String) },
        }),
      ]);
    },
  );

  it('has a line for an upload whose callback got lost, once it is found', async () => {
    const world = await start();
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const form = await world.uploads.authorizePostObject({ objectPrefix: 'plain/' });
    expect((await sendUpload(form, 'hello')).status).toBe(203);
    expect(lines()).toEqual([]);
    await world.reconciler.run({ uploadIds: [form.uploadId] });
    await world.reconciler.run({ uploadIds: [form.uploadId] });
    expect(lines().map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Upload completed: "plain\/.*", 5 bytes, no owner, \d+ ms$/),
    ]);
  });

  it('has none for an upload that failed, nor where the app wants none', async () => {
    const failing = await start();
    await sendUpload(await failing.uploads.authorizePostObject({ object: 'failing/a' }), 'hello');
    const quiet = await start({ logCompletedUploads: false });
    for (const object of ['plain/a', 'handled/a']) {
      await sendUpload(await quiet.uploads.authorizePostObject({ object }), 'hello');
      expect(lines()).toEqual([]);
    }
  });
});
