import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CompletedUpload, OssCallback, type OssUpload } from '../../src/index.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import { BUCKET, useTestApp } from '../support/test-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { id: upload.id };
  }
}

describe('two authorisations of SDK uploads for one key', () => {
  const world = useTestApp({ controllers: [CallbackController] });

  /** As a client that leaves out the metadata header. */
  async function put(object: string, callback: Record<string, string>) {
    const headers = { 'content-type': 'text/plain', ...callback };
    const signed = signRequestV4(
      { method: 'PUT', bucket: BUCKET, object, query: {}, headers },
      { credentials: world.oss.credentials[0]!, region: 'cn-hangzhou', signedAt: new Date() },
    );
    const url = `${world.oss.url}/${BUCKET}/${object}`;
    const body = Buffer.from('hello');
    return fetch(url, { method: 'PUT', headers: { ...headers, ...signed }, body });
  }

  it('are not guessed between: neither gets an object that names no upload', async () => {
    const one = await world.uploads.authorizeSdk({ object: 'shared.txt', owner: 'one' });
    const two = await world.uploads.authorizeSdk({ object: 'shared.txt', owner: 'two' });
    const response = await put('shared.txt', one.callback.headers);
    expect([response.status, await response.text()]).toEqual([
      203,
      expect.stringContaining('Error status : 409.'),
    ]);
    for (const { uploadId } of [one, two]) {
      expect((await world.uploads.status(uploadId)).status).toBe('pending');
    }
  });

  it('count where the object names its upload, and where there is no other', async () => {
    const named = await world.uploads.authorizeSdk({ object: 'named.txt' });
    await world.uploads.authorizeSdk({ object: 'named.txt' });
    expect((await put('named.txt', { ...named.callback.headers, ...named.headers })).status).toBe(
      200,
    );

    const alone = await world.uploads.authorizeSdk({ object: 'alone.txt' });
    expect((await put('alone.txt', alone.callback.headers)).status).toBe(200);
    expect((await world.uploads.status(alone.uploadId)).status).toBe('completed');
  });
});
