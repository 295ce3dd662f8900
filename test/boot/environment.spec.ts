import { ConfigModule } from '@nestjs/config';
import { Controller } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  OssCallback,
  ossCallbackConfig,
  OssCallbackModule,
  type OssCallbackOptions,
  OssUploadService,
} from '../../src/index.js';
import { readOssCallbackOptions } from '../../src/options/config.js';
import {
  checkOssCallbackOptions,
  resolveOssCallbackOptions,
} from '../../src/options/validation.js';
import { createTestKeyPair } from '../../src/testing/index.js';
import { TICKET_SECRET } from '../support/test-app.js';
import { boot, dataSourceModule, failureOf } from './boot-app.js';
import { useDatabase } from '../support/test-app.js';

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

  it('may have the key of the local OSS on one line', () => {
    const publicKey = createTestKeyPair().publicKey.trim();
    const OSS_LOCAL_URL = 'http://127.0.0.1:9100';
    const read = (OSS_LOCAL_PUBLIC_KEY: string) =>
      resolve({ ...essentials, OSS_LOCAL_URL, OSS_LOCAL_PUBLIC_KEY }).localOss;
    expect(read(publicKey)).toEqual({ url: OSS_LOCAL_URL, publicKey });
    expect(read(publicKey.replaceAll('\n', '\\n'))).toEqual({ url: OSS_LOCAL_URL, publicKey });
    expect(() => read('no key')).toThrow('OSS_LOCAL_PUBLIC_KEY');
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
    ['OSS_TICKETS_REQUIRED', 'yes', 'tickets.required', 'Write true or false'],
    ['OSS_PATH_STYLE', '1', 'buckets.main.pathStyle', 'Write true or false'],
    ['OSS_CUSTOM_DOMAIN', 'constructor', 'buckets.main.customDomain', 'Write true or false'],
    ['OSS_HANDLERS', 'off', 'handlers', 'Write false, or'],
    ['OSS_EXPIRES_IN_SECONDS', '15m', 'expiresInSeconds', 'Write a whole number'],
    ['OSS_ANSWER_WITHIN_MS', '-5', 'answerWithinMs', 'Write a whole number'],
  ])('that cannot be read are told by variable and option: %s=%s', (name, value, option, tells) => {
    expect(() => resolve({ ...essentials, [name]: value })).toThrow(
      `option "${option}" (variable ${name}) is "${value}". ${tells}`,
    );
  });

  it.each([
    ['OSS_PUBLIC_URL', 'publicUrl', 'OSS_PUBLIC_URL'],
    ['OSS_BUCKET', 'buckets', 'OSS_BUCKET and OSS_REGION'],
    ['OSS_REGION', 'buckets.main.region', 'OSS_REGION'],
    ['OSS_ACCESS_KEY_ID', 'credentials.accessKeyId', 'OSS_ACCESS_KEY_ID'],
    ['OSS_ACCESS_KEY_SECRET', 'credentials.accessKeySecret', 'OSS_ACCESS_KEY_SECRET'],
    ['OSS_TICKET_SECRETS', 'tickets.secrets', 'OSS_TICKET_SECRETS'],
  ])('tell when %s is left out or empty', (name, option, variable) => {
    for (const value of ['', '  ']) {
      expect(() => resolve({ ...essentials, [name]: value })).toThrow(
        new RegExp(`^OssCallbackModule: option "${option}" \\(variables? ${variable}\\) is `),
      );
    }
  });

  it('tell everything that is missing where no variable is set', () => {
    expect(() => resolve({})).toThrow(
      [
        'OssCallbackModule: 4 mistakes in its configuration:',
        '- option "publicUrl" (variable OSS_PUBLIC_URL) is missing. Write scheme and host under which OSS reaches the app, as in "https://api.example.com".',
        '- option "buckets" (variables OSS_BUCKET and OSS_REGION) is empty. Write at least one, as in { main: { bucket: "my-bucket", region: "cn-hangzhou" } }.',
        '- option "credentials" (variables OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET) is missing. Write { accessKeyId, accessKeySecret } or a function that returns them.',
        '- option "tickets.secrets" (variable OSS_TICKET_SECRETS) is missing. Make one with: openssl rand -base64 32',
      ].join('\n'),
    );
  });

  const mistakesIn = (options: OssCallbackOptions) =>
    checkOssCallbackOptions(options, 'development').mistakes;

  it('of several buckets each tells its own variables, and those that it shares', () => {
    const { OSS_BUCKET: _bucket, ...others } = essentials;
    const mistakes = mistakesIn(
      readOssCallbackOptions({
        ...others,
        OSS_REGION: 'oss-cn-hangzhou',
        OSS_BUCKETS: 'avatars,big.videos',
        OSS_AVATARS_BUCKET: 'shop-avatars',
        OSS_BIG_VIDEOS_BUCKET: 'shop-videos',
        OSS_BIG_VIDEOS_REGION: 'cn-hangzhou',
        OSS_BIG_VIDEOS_ENDPOINT: 'oss.example.com',
        OSS_BIG_VIDEOS_STS_ROLE_ARN: 'uploader',
      }),
    );
    expect(mistakes.map(({ option, variable }) => [option, variable])).toEqual([
      ['buckets.avatars.region', 'OSS_REGION'],
      ['buckets.big.videos.endpoint', 'OSS_BIG_VIDEOS_ENDPOINT'],
      ['buckets.big.videos.sts.roleArn', 'OSS_BIG_VIDEOS_STS_ROLE_ARN'],
    ]);
  });

  it('name no variable for what the app sets itself', () => {
    const read = readOssCallbackOptions({ ...essentials, OSS_MAX_BODY_BYTES: 'many' });
    const mistakes = mistakesIn({
      ...read,
      publicUrl: 'api.shop.cn',
      tickets: { ...read.tickets, secrets: ['short'] },
      callback: { url: 'oss/callback' },
    });
    expect(mistakes.map(({ option, variable }) => [option, variable])).toEqual([
      ['publicUrl', undefined],
      ['callback.url', undefined],
      ['tickets.secrets[0]', undefined],
      ['maxBodyBytes', 'OSS_MAX_BODY_BYTES'],
    ]);
  });
});

describe('a mistake in any variable', () => {
  /** What takes any text, or has no effect while another variable is empty. */
  const free =
    /^OSS_(ACCESS_KEY_ID|ACCESS_KEY_SECRET|SECURITY_TOKEN|ENVIRONMENT|BUCKETS|STS_(ENDPOINT|DURATION_SECONDS|SESSION_NAME))$/;
  const variables = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
    .match(/^OSS_\w+(?==)/gm)!
    .filter((name) => !free.test(name));
  const mistakenVariables = (env: Record<string, string>) =>
    checkOssCallbackOptions(readOssCallbackOptions(env), 'development').mistakes.map(
      ({ variable }) => variable,
    );

  it.each(variables)('is told by the name of %s', (name) => {
    const localOss = name === 'OSS_LOCAL_PUBLIC_KEY' && { OSS_LOCAL_URL: 'http://127.0.0.1:9100' };
    expect(mistakenVariables({ ...essentials, ...localOss, [name]: '?' })).toEqual([name]);
  });

  it.each(['DURATION_SECONDS', 'SESSION_NAME', 'ENDPOINT'])('is told by OSS_STS_%s', (name) => {
    const role = { OSS_STS_ROLE_ARN: 'acs:ram::1:role/uploader' };
    expect(mistakenVariables({ ...essentials, ...role, [`OSS_STS_${name}`]: '7' })).toEqual([
      `OSS_STS_${name}`,
    ]);
  });

  it('is told at once with all others, and no secret is', () => {
    // A switch in place of a group hides its parts.
    const parts = variables.filter((name) => !/^OSS_(HANDLERS|RECONCILIATION)$/.test(name));
    const wrong: Record<string, string> = Object.fromEntries(parts.map((name) => [name, '?']));
    const env = { ...wrong, OSS_TICKET_SECRETS: 's3cret,x2' };
    const { mistakes } = checkOssCallbackOptions(readOssCallbackOptions(env), 'development');
    expect(new Set(mistakes.map(({ variable }) => variable))).toEqual(new Set(parts));
    expect(mistakes.filter(({ option }) => option.startsWith('tickets.secrets'))).toHaveLength(2);
    expect(JSON.stringify(mistakes)).not.toContain('s3cret');
    expect(mistakenVariables({ ...env, OSS_LOCAL_URL: '' })).toContain(
      'OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET',
    );
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
    expect(() => resolve(env)).toThrow(/is a placeholder/);
  });
});

describe('forRootAsync(ossCallbackConfig.asProvider())', () => {
  const database = useDatabase();
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
    expect(message).toContain(
      'option "tickets.secrets[0]" (variable OSS_TICKET_SECRETS) is shorter than 32 bytes',
    );
    expect(message).not.toContain('hunter2');
  });

  it('stops the start once for all mistakes', async () => {
    vi.stubEnv('OSS_PUBLIC_URL', 'api.shop.cn');
    vi.stubEnv('OSS_MAX_BODY_BYTES', '64k');
    vi.stubEnv('OSS_TICKET_SECRETS', undefined);
    const message = await failureOf(start());
    expect(message.match(/option .* \(variable \w+\)/g)).toEqual([
      'option "publicUrl" (variable OSS_PUBLIC_URL)',
      'option "tickets.secrets" (variable OSS_TICKET_SECRETS)',
      'option "maxBodyBytes" (variable OSS_MAX_BODY_BYTES)',
    ]);
  });

  it('names what comes from the environment where the app sets the rest', async () => {
    vi.stubEnv('OSS_MAX_BODY_BYTES', '64k');
    const provider = ossCallbackConfig.asProvider();
    const module = OssCallbackModule.forRootAsync({
      ...provider,
      useFactory: (options: OssCallbackOptions) => ({ ...options, publicUrl: 'api.shop.cn' }),
    });
    const app = boot({
      databaseUrl: database.url,
      withoutModule: true,
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        dataSourceModule(database.url),
        module,
      ],
    });
    const message = await failureOf(app);
    expect(message).toContain('option "publicUrl" is "api.shop.cn"');
    expect(message).toContain('option "maxBodyBytes" (variable OSS_MAX_BODY_BYTES) is "64k"');
  });

  it('names the variable of a callback URL that no route answers', async () => {
    vi.stubEnv('OSS_CALLBACK_URL', '/oss/calback');
    expect(await failureOf(start())).toContain(
      'option "callback.url" (variable OSS_CALLBACK_URL) is "/oss/calback": no @OssCallback route answers /oss/calback; did you mean /oss/callback?',
    );
  });

  it('stops the start in production with a local OSS, and says that first', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('OSS_PUBLIC_URL', 'http://localhost:3000');
    vi.stubEnv('OSS_LOCAL_URL', 'http://127.0.0.1:9100');
    const [, first, ...others] = (await failureOf(start())).split('\n');
    expect(first).toContain('option "localOss" (variable OSS_LOCAL_URL) must not be set when');
    expect(others).toEqual([expect.stringContaining('option "publicUrl" (variable')]);
  });
});
