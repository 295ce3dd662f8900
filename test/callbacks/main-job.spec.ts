import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CompletedUpload, OssCallback, type OssUpload } from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import { platforms } from '../support/platforms.js';
import { useTestApp } from '../support/test-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { uploadId: upload.id, key: upload.object, size: upload.size };
  }
}

describe.each(platforms)('the main job on %s', (platform) => {
  const world = useTestApp({ platform, controllers: [CallbackController] });

  it('puts an object and gets the answer of the app', async () => {
    const result = await world.uploads.putObject({
      objectPrefix: 'texts/',
      body: 'hello',
      owner: 'u1',
    });
    expect(result.answer).toEqual({
      uploadId: result.uploadId,
      key: `texts/${result.uploadId}`,
      size: 5,
    });
    expect(await world.audit.get(result.uploadId)).toMatchObject({
      status: 'completed',
      owner: 'u1',
      size: 5,
      confirmedAt: expect.any(Date),
    });
  });

  it('has no record for what is no upload id', async () => {
    const list = [createUploadId()]; // as Express reads ?id[]=…
    for (const id of ['../1', list, { toString: 1 }, null] as string[]) {
      expect(await world.audit.get(id)).toBeNull();
      expect(await world.uploads.status(id)).toMatchObject({ status: 'unknown', upload: null });
    }
  });

  it('takes a presigned PUT', async () => {
    const { url, headers, method, uploadId } = await world.uploads.authorizePutObject({
      object: 'a 中+%.txt',
      contentTypes: ['text/plain'],
    });
    const response = await fetch(url, { method, headers, body: 'hello' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { uploadId, key: 'a 中+%.txt', size: 5 },
    ]);
  });

  it('takes a form', async () => {
    const authorised = await world.uploads.authorizePostObject({
      object: 'form.txt',
      contentTypes: ['text/plain'],
      maxSizeBytes: 10,
    });
    const { uploadId } = authorised;
    const response = await sendUpload(authorised, 'hello');
    expect([response.status, await response.text()]).toEqual([
      200,
      JSON.stringify({ uploadId, key: 'form.txt', size: 5 }),
    ]);
  });
});
