import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OnUploadCompleted, OssCallbackRejection } from '../../src/index.js';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { useTestApp } from '../support/test-app.js';

/** PostgreSQL takes no NUL in a text, and neither half of this character in JSON. */
const ODD = ['a\0b', 'a\ud83d', '\ude00b'];

let reason = '';

@Injectable()
class Failing {
  @OnUploadCompleted()
  handle() {
    throw new Error(reason);
  }
}

const world = useTestApp({
  providers: [Failing],
  signsCallbacks: true,
  options: { callback: { url: '/oss/callback', bodyType: 'application/json' } },
});

describe.each(ODD)('where %j comes from outside', (odd) => {
  it('no upload is authorised with it', async () => {
    for (const request of [{ object: odd }, { owner: odd }, { variables: { album: odd } }]) {
      await expect(
        world.uploads.authorizePutObject({ object: 'a.txt', ...request }),
      ).rejects.toMatchObject({ code: 'INVALID_UPLOAD_REQUEST' });
    }
  });

  it('no record is found by it', async () => {
    for (const name of ['owner', 'bucket', 'object']) {
      const filter = { [name]: odd };
      const questions = [
        world.audit.find(filter),
        world.audit.count(filter),
        world.audit.tickets(filter),
        (async () => world.audit.watch(filter))(),
        (async () => world.audit.export(filter, { format: 'csv' }))(),
      ];
      for (const question of questions) {
        await expect(question).rejects.toMatchObject({ code: 'INVALID_FILTER' });
      }
    }
    expect(await world.audit.get(odd)).toBeNull();
    expect(await world.audit.status(odd)).toMatchObject({ status: 'unknown' });
    expect(await world.uploads.status(odd)).toMatchObject({ status: 'unknown' });
    expect(await world.reconciler.run({ uploadIds: [odd] })).toMatchObject({ uploads: [] });
  });

  it('a callback that OSS signed with it is refused, and on record', async () => {
    const { body } = await authoriseBody(world);
    const answer = await sendCallback(world, {
      contentType: 'application/json',
      body: body.replace('{', `{"x:note":${JSON.stringify(odd)},`),
    });
    expect([answer.status, answer.json()]).toMatchObject([400, { code: 'MALFORMED_BODY' }]);
    // refused before its signature is looked at; the row has the URL
    const keyUrl = Buffer.from(`http://${odd}`, 'latin1').toString('base64');
    await sendCallback(world, { body, headers: { 'x-oss-pub-key-url': keyUrl } });
    await world.app.get(CallbackRefusals).flush();
    const rows = await world.dataSource.manager.find(OssCallbackRejection);
    expect(rows.map(({ code }) => code).toSorted()).toEqual(['KEY_NOT_TRUSTED', 'MALFORMED_BODY']);
    await world.dataSource.manager.delete(
      OssCallbackRejection,
      rows.map(({ id }) => id),
    );
  });

  it('a handler that fails with it leaves its reason without it', async () => {
    reason = odd;
    const { body, uploadId } = await authoriseBody(world);
    await sendCallback(world, { body, contentType: 'application/json' });
    expect(await world.audit.get(uploadId)).toMatchObject({
      status: 'failed',
      lastError: expect.stringMatching(/^Failing\.handle threw Error: [ab\ufffd]+$/),
    });
  });
});
