import { TypeOrmModule } from '@nestjs/typeorm';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ossCallbackConfig,
  ossCallbackEntities,
  OssCallbackModule,
  OssUploadAudit,
  OssUploadReconciler,
  OssUploadService,
} from '../../src/index.js';
import { sendUpload, startTestOss, type TestOss } from '../../src/testing/index.js';
import { CallbackController } from '../support/callback-controller.js';
import { createAdapter, type PlatformName, platforms } from '../support/platforms.js';
import { createMigratedDatabase } from '../support/test-app.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function startApp(platform: PlatformName, createModule: (oss: TestOss) => object) {
  const oss = await startTestOss();
  onTestFinished(() => oss.stop());
  const database = await createMigratedDatabase();
  onTestFinished(() => database.drop());
  const testing = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.url,
        entities: ossCallbackEntities,
        retryAttempts: 0,
      }),
      createModule(oss) as typeof OssCallbackModule,
    ],
    controllers: [CallbackController],
  }).compile();
  const app = testing.createNestApplication(createAdapter(platform), { logger: false });
  onTestFinished(() => app.close());
  await app.listen(oss.appPort, '127.0.0.1');
  return { app, oss, uploads: app.get(OssUploadService), audit: app.get(OssUploadAudit) };
}

describe.each(platforms)('an app under test, on %s', (platform) => {
  it('configured by options: authorised, uploaded in every way, called back, recorded', async () => {
    const { uploads, audit, oss } = await startApp(platform, ({ options }) =>
      OssCallbackModule.forRoot(options),
    );
    const picture = new File(['picture'], 'me.png', { type: 'image/png' });
    const authorised = [
      await uploads.authorizePostObject({ objectPrefix: 'avatars/', contentTypes: ['image/*'] }),
      await uploads.authorizePutObject({ object: 'put.png', contentTypes: ['image/png'] }),
      await uploads.authorizeMultipart({ object: 'parts.png', sizeBytes: 7 }),
    ];
    for (const authorisation of authorised) {
      const asClientGetsIt = JSON.parse(JSON.stringify(authorisation)) as typeof authorisation;
      const response = await sendUpload(asClientGetsIt, picture);
      const { uploadId } = authorisation;
      expect([response.status, await response.json()]).toEqual([200, { uploadId }]);
      expect(await audit.get(uploadId)).toMatchObject({ status: 'completed', size: 7 });
    }
    expect(oss.simulator.callbacks).toHaveLength(3);
  });

  it('configured by the environment, whatever its .env file says', async () => {
    vi.stubEnv('OSS_ENDPOINT', 'https://oss-cn-hangzhou.aliyuncs.com');
    vi.stubEnv('OSS_ACCESS_KEY_ID', 'of-the-real-bucket');
    vi.stubEnv('OSS_ACCESS_KEY_SECRET', 'of-the-real-bucket');
    const { uploads, audit } = await startApp(platform, ({ environment }) => {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      return OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider());
    });
    const authorised = await uploads.authorizePutObject({ object: 'a.txt' });
    expect((await sendUpload(authorised, 'a text')).status).toBe(200);
    expect(await audit.get(authorised.uploadId)).toMatchObject({ status: 'completed', size: 6 });
  });

  it('whose callback is made to get lost', async () => {
    const { app, uploads, audit, oss } = await startApp(platform, ({ options }) =>
      OssCallbackModule.forRoot(options),
    );
    oss.simulator.faults.inject({ at: 'callback', effect: 'drop' });
    const authorised = await uploads.authorizePostObject({ object: 'lost.txt' });
    expect((await sendUpload(authorised, 'a text')).status).toBe(203);
    expect(await audit.get(authorised.uploadId)).toBeNull();
    await app.get(OssUploadReconciler).run({ uploadIds: [authorised.uploadId] });
    expect(await audit.get(authorised.uploadId)).toMatchObject({ source: 'reconciliation' });
  });
});

it('an upload that OSS refuses gives its answer, also where a part is refused', async () => {
  const { uploads } = await startApp('Express', ({ options }) =>
    OssCallbackModule.forRoot(options),
  );
  const limited = await uploads.authorizePostObject({ object: 'a.txt', maxSizeBytes: 3 });
  const refused = await sendUpload(limited, 'a text');
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('EntityTooLarge'),
  ]);
  const { parts, complete } = await uploads.authorizeMultipart({ object: 'b', sizeBytes: 2 });
  const unsigned = parts.map((part) => ({ ...part, url: part.url.replace(/\?.*/, '') }));
  expect((await sendUpload({ parts: unsigned, complete }, 'ab')).status).toBe(403);
});

it('two apps share a local OSS, each with a port and a secret of its own', async () => {
  const first = await startTestOss();
  onTestFinished(() => first.stop());
  const second = await startTestOss(first.simulator);
  expect(second.environment.OSS_LOCAL_URL).toBe(first.environment.OSS_LOCAL_URL);
  expect(second.appPort).not.toBe(first.appPort);
  expect(second.environment.OSS_TICKET_SECRETS).not.toBe(first.environment.OSS_TICKET_SECRETS);
});
