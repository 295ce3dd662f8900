import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  CompletedUpload,
  OssCallback,
  type OssUpload,
  type PutObjectAuthorisationRequest,
} from '../../src/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { useTestApp } from '../support/test-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { key: upload.object };
  }
}

describe('an authorisation with the signature that the client wants', () => {
  const world = useTestApp({ controllers: [CallbackController] });

  const choices = (['v4', 'v1'] as const).flatMap((signatureVersion) =>
    (['query', 'headers'] as const).map((callbackIn) => ({ signatureVersion, callbackIn })),
  );

  it.each(choices)('PUT, $signatureVersion, callback in $callbackIn', async (choice) => {
    const request: PutObjectAuthorisationRequest = {
      objectPrefix: '放/',
      contentTypes: ['text/plain'],
      variables: { album: '7 & 8' },
      ...choice,
    };
    const { url, headers, method, uploadId } = await world.uploads.authorizePutObject(request);
    expect(new URL(url).searchParams.has('callback')).toBe(choice.callbackIn === 'query');
    const body = Buffer.from('hello');
    for (const name of Object.keys(headers)) {
      const { [name]: _left, ...others } = headers;
      const refused = await fetch(url, { method, headers: others, body });
      expect([refused.status, await refused.text()]).toEqual([
        403,
        expect.stringContaining('SignatureDoesNotMatch'),
      ]);
    }
    const response = await fetch(url, { method, headers, body });
    expect([response.status, await response.json()]).toEqual([200, { key: `放/${uploadId}` }]);
    expect(await world.audit.get(uploadId)).toMatchObject({
      status: 'completed',
      variables: { album: '7 & 8' },
    });
  });

  it.each(['v4', 'v1'] as const)('form, %s', async (signatureVersion) => {
    const { url, fields, uploadId } = await world.uploads.authorizePostObject({
      objectPrefix: 'forms/',
      maxSizeBytes: 5,
      signatureVersion,
    });
    const send = (text: string, altered: Record<string, string> = {}) =>
      sendUpload({ url, fields: { ...fields, ...altered } }, text);
    expect((await send('123456')).status).toBe(400);
    expect((await send('12345', { key: 'other' })).status).toBe(403);
    expect((await send('12345')).status).toBe(200);
    expect(await world.uploads.status(uploadId)).toMatchObject({ status: 'completed' });
  });
});
