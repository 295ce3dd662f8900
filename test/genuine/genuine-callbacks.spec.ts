import { Body, Controller, Post, UseGuards } from '@nestjs/common';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CompletedUpload,
  OssCallback,
  OssCallbackGuard,
  OssCallbackRejection,
  type OssUpload,
  SystemVariables,
  type SystemVariablesDto,
  verifyCallbackSignature,
  OSS_CALLBACK_PUBLIC_KEYS,
} from '../../src/index.js';
import { RejectionRecorder } from '../../src/rejections/rejection-recorder.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { useTestApp } from '../support/test-app.js';
import { genuine, genuineCallbacks, toRawRequest } from './genuine-callbacks.js';

const paths = genuineCallbacks.map(({ url }) => url.split('?')[0]!);

/** The guard alone: what is genuine reaches the method. */
@Controller()
class GuardedController {
  @Post(paths)
  @UseGuards(OssCallbackGuard)
  answer(@SystemVariables() system: SystemVariablesDto, @Body() body: unknown) {
    return { system, body };
  }
}

@Controller()
class CallbackController {
  @OssCallback(paths)
  answer(@CompletedUpload() upload: OssUpload) {
    return { bucket: upload.bucket, object: upload.object, size: upload.size };
  }
}

/** Real options: the vendor's key, real endpoints, no ticket; the buckets of strangers cannot be asked. */
const options = (bucket: string) => ({
  buckets: { main: { bucket, region: 'cn-hangzhou' } },
  credentials: { accessKeyId: 'LTAI0000', accessKeySecret: 'not-used-here' },
  tickets: { secrets: ['Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA=='], required: false },
  confirmObject: 'never' as const,
  localOss: undefined,
});

beforeEach(() => {
  // keys come over https alone
  vi.spyOn(tls, 'connect').mockImplementation(() => {
    throw new Error('no network in this test');
  });
});
afterEach(() => {
  expect(tls.connect).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

const valid = genuineCallbacks.filter(({ id }) => id !== 'mixmedia-invalid-json');
const invalidJson = genuine('mixmedia-invalid-json');

describe.each(genuineCallbacks)('the genuine callback $id', (callback) => {
  it('verifies with the shipped key', () => {
    const [publicKey = ''] = Object.values(OSS_CALLBACK_PUBLIC_KEYS);
    const { url, authorization } = callback;
    const body = Buffer.from(callback.body);
    expect(verifyCallbackSignature({ url, body, authorization, publicKey })).toBe(true);
  });
});

describe.each(platforms)('genuine callbacks of OSS under the guard alone on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [GuardedController],
    options: options('yonghu-test'),
  });

  it.each(valid)('takes $id, byte for byte as it was captured', async (callback) => {
    const response = await sendRaw(world.url, toRawRequest(callback));
    expect([response.status, response.json()]).toEqual([
      201,
      { system: expect.objectContaining({ bucket: 'yonghu-test' }), body: expect.any(Object) },
    ]);
  });

  it('reads what the form and the JSON say', async () => {
    const form = await sendRaw(world.url, toRawRequest(genuine('docs-wireshark-2018')));
    expect(form.json()).toEqual({
      system: {
        bucket: 'yonghu-test',
        object: '.snappython.png',
        size: 6014,
        mimeType: 'image/png',
        imageHeight: 221,
        imageWidth: 396,
      },
      body: {
        filename: '.snappython.png',
        size: '6014',
        mimeType: 'image/png',
        height: '221',
        width: '396',
      },
    });
    const json = await sendRaw(world.url, toRawRequest(genuine('cloudreve-v3-json-image')));
    expect(json.json()).toMatchObject({
      body: {
        name: '2f7b2ccf30e9270ea920f1ab8a4037a546a2f0d5.jpg',
        source_name: '1/1_hFRtDLgM_2f7b2ccf30e9270ea920f1ab8a4037a546a2f0d5.jpg',
        size: 114020,
        pic_info: '810,539',
      },
    });
  });

  it('refuses the one that is no JSON by name, after its signature was found good', async () => {
    const response = await sendRaw(world.url, toRawRequest(invalidJson));
    expect([response.status, response.json()]).toEqual([
      400,
      { code: 'MALFORMED_BODY', message: expect.any(String) },
    ]);
  });
});

describe.each(platforms)('genuine callbacks of OSS on an @OssCallback route on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [CallbackController],
    options: options('yonghu-test'),
  });

  it.each([
    ['python-sdk-issue-272', 'zmaplex/20210407_14:31:41_286180/20200130021612_pnfqp.jpg', 112595],
    ['docs-wireshark-2018', '.snappython.png', 6014],
  ])('records the upload of %s in the app’s only bucket', async (id, object, size) => {
    const response = await sendRaw(world.url, toRawRequest(genuine(id)));
    expect([response.status, response.json()]).toEqual([
      200,
      { bucket: 'yonghu-test', object, size },
    ]);
    expect((await world.audit.find({ object })).uploads).toEqual([
      expect.objectContaining({
        bucket: 'yonghu-test',
        status: 'completed',
        ticketed: false,
        owner: null,
        confirmedAt: null,
      }),
    ]);
  });

  it.each(['docs-signature-example', 'cloudreve-v3-json-image'])(
    'says that %s names no object, which cannot be recorded',
    async (id) => {
      const response = await sendRaw(world.url, toRawRequest(genuine(id)));
      expect([response.status, response.json()]).toEqual([
        400,
        { code: 'MALFORMED_BODY', message: 'The body of the callback names no object.' },
      ]);
    },
  );

  it('refuses the one that is no JSON by name, and notes that OSS signed it', async () => {
    const response = await sendRaw(world.url, toRawRequest(invalidJson));
    expect(response.status).toBe(400);
    expect(response.json()).toMatchObject({ code: 'MALFORMED_BODY' });
    await world.app.get(RejectionRecorder).flush();
    expect(
      await world.dataSource.manager.findBy(OssCallbackRejection, { path: invalidJson.url }),
    ).toEqual([expect.objectContaining({ code: 'MALFORMED_BODY', signed: true })]);
  });
});

describe.each(platforms)('an app with several buckets on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [GuardedController],
    options: {
      ...options('yonghu-test'),
      buckets: {
        main: { bucket: 'yonghu-test', region: 'cn-hangzhou' },
        videos: { bucket: 'videos', region: 'cn-hangzhou' },
      },
    },
  });

  it('takes the callback that names one of them', async () => {
    const response = await sendRaw(world.url, toRawRequest(genuine('docs-signature-example')));
    expect(response.status).toBe(201);
  });

  it('says that a callback names no bucket', async () => {
    const response = await sendRaw(world.url, toRawRequest(genuine('docs-wireshark-2018')));
    expect([response.status, response.json()]).toEqual([
      400,
      { code: 'MALFORMED_BODY', message: 'The body of the callback names no bucket.' },
    ]);
  });
});

describe.each(platforms)('an app with another bucket on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [GuardedController],
    options: options('another-bucket'),
  });

  it("refuses a genuine callback for another customer's bucket", async () => {
    const response = await sendRaw(world.url, toRawRequest(genuine('docs-signature-example')));
    expect([response.status, response.json()]).toEqual([
      403,
      { code: 'BUCKET_UNKNOWN', message: expect.any(String) },
    ]);
  });
});
