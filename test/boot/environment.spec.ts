import { ConfigModule } from '@nestjs/config';
import { Controller } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  OssCallback,
  ossCallbackConfig,
  OssCallbackModule,
  OssUploadService,
} from '../../src/index.js';
import { readOssCallbackOptions } from '../../src/options/config.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { createMigratedDatabase, TICKET_SECRET } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { boot, dataSourceModule, failureOf } from './boot-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {}
}

const essentials = {
  OSS_PUBLIC_URL: 'https://api.shop.cn',
  OSS_BUCKET: 'shop-uploads',
  OSS_REGION: 'cn-hangzhou',
  OSS_ACCESS_KEY_ID: 'LTAI5tAbCdEf',
  OSS_ACCESS_KEY_SECRET: 'Q7b3kXoP0vLr9sTnYw2eZc5uHd8jGm',
  OSS_TICKET_SECRETS: TICKET_SECRET,
};

const resolve = (env: Record<string, string>) =>
  resolveOssCallbackOptions(readOssCallbackOptions(env), 'development');

describe('the options from environment variables', () => {
  it('need only a few', () => {
    const options = resolve(essentials);
    expect(options).toMatchObject({
      publicUrl: 'https://api.shop.cn',
      confirmObject: 'before-completion',
    });
    expect([...options.buckets.values()]).toEqual([
      expect.objectContaining({
        name: 'main',
        bucket: 'shop-uploads',
        region: 'cn-hangzhou',
        endpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
      }),
    ]);
  });

  it('take each of the others', () => {
    expect(
      resolve({
        ...essentials,
        OSS_ENDPOINT: 'https://oss-cn-hangzhou-internal.aliyuncs.com',
        OSS_PATH_STYLE: 'true',
        OSS_VERSIONED: 'TRUE',
        OSS_TICKET_SECRETS: `${TICKET_SECRET}, ${TICKET_SECRET.toLowerCase()}`,
        OSS_TICKETS_REQUIRED: 'false',
        OSS_TICKETS_ACCEPT_FOR_SECONDS: '3600',
        OSS_CALLBACK_URL: '/oss/callback',
        OSS_ENVIRONMENT: 'staging',
        OSS_EXPIRES_IN_SECONDS: '60',
        OSS_CONFIRM_OBJECT: 'never',
        OSS_ANSWER_WITHIN_MS: '3000',
        OSS_MAX_BODY_BYTES: '10000',
        OSS_LOCAL_URL: 'http://127.0.0.1:9100/',
      }),
    ).toMatchObject({
      buckets: new Map([
        [
          'main',
          expect.objectContaining({
            endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com',
            pathStyle: true,
            versioned: true,
          }),
        ],
      ]),
      tickets: {
        secrets: [TICKET_SECRET, TICKET_SECRET.toLowerCase()],
        required: false,
        acceptForSeconds: 3_600,
      },
      callback: { urls: ['/oss/callback'] },
      environment: 'staging',
      expiresInSeconds: 60,
      confirmObject: 'never',
      answerWithinMs: 3_000,
      maxBodyBytes: 10_000,
      localOss: { url: 'http://127.0.0.1:9100' },
    });
  });

  it('name several buckets, the first of which is the default', () => {
    const { OSS_BUCKET: _bucket, ...others } = essentials;
    const { buckets } = resolve({
      ...others,
      OSS_BUCKETS: 'avatars, raw-videos',
      OSS_AVATARS_BUCKET: 'shop-avatars',
      OSS_RAW_VIDEOS_BUCKET: 'shop-videos',
      OSS_RAW_VIDEOS_REGION: 'ap-southeast-1',
      OSS_RAW_VIDEOS_VERSIONED: 'true',
    });
    expect([...buckets.values()]).toMatchObject([
      { name: 'avatars', bucket: 'shop-avatars', region: 'cn-hangzhou', versioned: false },
      { name: 'raw-videos', bucket: 'shop-videos', region: 'ap-southeast-1', versioned: true },
    ]);
  });

  it.each([
    ['OSS_TICKETS_REQUIRED', 'yes', 'Write true or false'],
    ['OSS_PATH_STYLE', '1', 'Write true or false'],
    ['OSS_EXPIRES_IN_SECONDS', '15m', 'Write a whole number'],
    ['OSS_ANSWER_WITHIN_MS', '-5', 'Write a whole number'],
  ])('tell the variable %s=%s by its name', (name, value, tells) => {
    expect(() => resolve({ ...essentials, [name]: value })).toThrow(
      new RegExp(`option "${name}" is "${value}"\\. ${tells}`),
    );
  });

  it.each([
    ['OSS_PUBLIC_URL', 'publicUrl'],
    ['OSS_BUCKET', 'buckets'],
    ['OSS_REGION', 'buckets.main.region'],
    ['OSS_ACCESS_KEY_ID', 'credentials.accessKeyId'],
    ['OSS_ACCESS_KEY_SECRET', 'credentials.accessKeySecret'],
    ['OSS_TICKET_SECRETS', 'tickets.secrets'],
  ])('tell when %s is left out or empty', (name, option) => {
    for (const value of ['', '  ']) {
      expect(() => resolve({ ...essentials, [name]: value })).toThrow(`option "${option}"`);
    }
  });
});

describe('.env.example', () => {
  const listed = new Set(
    readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').match(/\bOSS_[A-Z_]+\b/g),
  );

  /** Every name that the reading asks for, with one bucket and with one called "avatars". */
  function namesAskedFor(): Set<string> {
    const asked = new Set<string>();
    for (const several of ['', 'avatars']) {
      const env = new Proxy<Record<string, string | undefined>>(
        {},
        {
          get: (_target, name) => {
            asked.add(String(name));
            if (name === 'OSS_BUCKETS') return several;
            return /BUCKET$|ROLE_ARN$|KEY_ID$/.test(String(name)) ? 'given' : undefined;
          },
        },
      );
      readOssCallbackOptions(env);
    }
    return asked;
  }

  it('lists every variable that is read, and no other', () => {
    const perBucket = (name: string) => !/^OSS_AVATARS_(STS|REGION)/.test(name);
    const asked = [...namesAskedFor()].filter(perBucket).toSorted();
    expect([...listed].filter(perBucket).toSorted()).toEqual(asked);
  });

  it('stops the start while its secrets are those of the example', () => {
    const env = Object.fromEntries(
      readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('OSS_'))
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    expect(() => resolve(env)).toThrow(/is a sample value/);
  });
});

describe('forRootAsync(ossCallbackConfig.asProvider())', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createMigratedDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    for (const [name, value] of Object.entries(essentials)) vi.stubEnv(name, value);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const imports = () => [
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    dataSourceModule(database.url),
    OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider()),
  ];
  const start = <T>(work?: Parameters<typeof boot<T>>[1]) =>
    boot(
      {
        databaseUrl: database.url,
        withoutModule: true,
        imports: imports(),
        controllers: [CallbackController],
      },
      work,
    );

  it('starts an app', async () => {
    await start(async (app) => {
      const { url } = await app.get(OssUploadService).authorizePutObject({ object: 'a.txt' });
      expect(url).toMatch(/^https:\/\/shop-uploads\.oss-cn-hangzhou\.aliyuncs\.com\/a\.txt\?/);
    });
  });

  it('starts an app with several buckets', async () => {
    vi.stubEnv('OSS_BUCKETS', 'avatars,videos');
    vi.stubEnv('OSS_AVATARS_BUCKET', 'shop-avatars');
    vi.stubEnv('OSS_VIDEOS_BUCKET', 'shop-videos');
    await start(async (app) => {
      const request = { object: 'a.txt', bucket: 'videos' };
      const { url } = await app.get(OssUploadService).authorizePutObject(request);
      expect(url).toMatch(/^https:\/\/shop-videos\.oss-cn-hangzhou/);
    });
  });

  it('stops the start with the name of what is wrong, and without the secret', async () => {
    vi.stubEnv('OSS_TICKET_SECRETS', 'hunter2-is-too-short');
    const message = await failureOf(start());
    expect(message).toContain('option "tickets.secrets[0]" is shorter than 32 bytes');
    expect(message).not.toContain('hunter2');
  });

  it('stops the start in production with a local OSS', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('OSS_LOCAL_URL', 'http://127.0.0.1:9100');
    expect(await failureOf(start())).toContain('option "localOss" is set while NODE_ENV');
  });
});
