import { describe, expect, it } from 'vitest';
import { OssCallbackError, type OssCallbackOptions } from '../../src/index.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';

const SECRET = 'kEuVvV7w0mVxkTQ2n4T1v8k8Jb1v4m1hHq0Gq3u2s9A=';
const ACCESS_KEY_SECRET = 'Q7b3kXoP0vLr9sTnYw2eZc5uHd8jGm';

const good: OssCallbackOptions = {
  publicUrl: 'https://api.shop.cn',
  buckets: { main: { bucket: 'shop-uploads', region: 'cn-hangzhou' } },
  credentials: { accessKeyId: 'LTAI5tAbCdEf', accessKeySecret: ACCESS_KEY_SECRET },
  tickets: { secrets: [SECRET] },
};
const bucket = good.buckets.main!;

/** Whatever a program without types may pass. */
type Loose = Record<string, unknown>;

/** What is wrong, the option that is named, what is said of it, and its value. */
const values: [what: string, option: string, tells: RegExp, value: unknown][] = [
  ['no publicUrl', 'publicUrl', /is missing.*https:\/\/api\.example\.com/, undefined],
  ['a publicUrl that is empty', 'publicUrl', /is missing/, ''],
  ['a publicUrl without a scheme', 'publicUrl', /not an http/, 'api.shop.cn'],
  ['a publicUrl of ftp', 'publicUrl', /not an http/, 'ftp://api.shop.cn'],
  ['a publicUrl with a path', 'publicUrl', /publicPath/, 'https://api.shop.cn/v1'],
  ['a publicUrl with a query', 'publicUrl', /more than/, 'https://api.shop.cn/?a'],
  ['a publicUrl that is a number', 'publicUrl', /is 80, not an http/, 80],
  ['no buckets', 'buckets', /\{ main: \{ bucket/, {}],
  ['buckets left out', 'buckets', /\{ main: \{ bucket/, undefined],
  ['buckets that are a list', 'buckets', /by name/, [bucket]],
  ['versioned as a text', 'buckets.main.versioned', /true or false/, 'false'],
  ['pathStyle as a text', 'buckets.main.pathStyle', /true or false/, 'false'],
  ['customDomain as a text', 'buckets.main.customDomain', /true or false/, 'false'],
  ['a bucket in upper case', 'buckets.main.bucket', /3 to 63 lower-case/, 'Shop'],
  ['a region with oss- before it', 'buckets.main.region', /without a prefix/, 'oss-cn-hangzhou'],
  [
    'an endpoint without a scheme',
    'buckets.main.endpoint',
    /scheme and host/,
    'oss-cn-hangzhou.aliyuncs.com',
  ],
  [
    'an endpoint with the bucket',
    'buckets.main.endpoint',
    /without "shop-uploads\."/,
    'https://shop-uploads.oss-cn-hangzhou.aliyuncs.com',
  ],
  [
    'an endpoint with a path',
    'buckets.main.endpoint',
    /scheme and host/,
    'https://oss-cn-hangzhou.aliyuncs.com/shop',
  ],
  ['no credentials', 'credentials', /is missing/, undefined],
  ['no secrets', 'tickets.secrets', /openssl/, []],
  ['a secret that is no list', 'tickets.secrets', /openssl/, SECRET],
  [
    'a short secret',
    'tickets.secrets[1]',
    /shorter than 32 bytes.*openssl/,
    'kEuVvV7w0mVxkTQ2n4T1',
  ],
  [
    'the secret of an example',
    'tickets.secrets[0]',
    /placeholder.*openssl/,
    'replace-me-with-the-output-of-openssl-rand-base64-32',
  ],
  ['a secret of one letter', 'tickets.secrets[0]', /placeholder/, 'a'.repeat(40)],
  ['tickets.required as a text', 'tickets.required', /true or false/, 'false'],
  ['a time in words', 'tickets.acceptForSeconds', /whole number from 60/, '1d'],
  ['an environment that is no text', 'environment', /string/, 5],
  ['an expiry of nothing', 'expiresInSeconds', /from 1 to 604800/, 0],
  ['an expiry of a month', 'expiresInSeconds', /from 1 to 604800/, 2_592_000],
  ['an expiry of NaN', 'expiresInSeconds', /whole number/, Number.NaN],
  ['confirmObject: false', 'confirmObject', /"before-completion" or "never"/, false],
  ['an answer after OSS gave up', 'answerWithinMs', /from 100 to 4900/, 10_000],
  ['a body limit of a text', 'maxBodyBytes', /whole number/, '64kb'],
  ['a body type that OSS does not know', 'callback.bodyType', /application\/json/, 'text/plain'],
  ['a callback URL without a slash', 'callback.url', /\/oss\/callback/, 'oss/cb'],
  ['a callback URL that is a number', 'callback.url', /\/oss\/callback/, 5],
  [
    'more callback URLs than OSS accepts',
    'callback.url',
    /lists 6 URLs\. OSS accepts 5/,
    Array(6).fill('/oss/callback'),
  ],
  ['a callback that is a text', 'callback', /\{ url, /, '/oss/callback'],
  ['a callback that is null', 'callback', /\{ url, /, null],
  ['a body that is no text', 'callback.body', /a string/, ['object']],
  ['a name of the body for no variable', 'callback.names.uid', /is "user_id"/, 'user_id'],
  ['names that are a list', 'callback.names', /names and/, ['uid']],
  ['a host with a path', 'callback.host', /host name/, 'shop.cn/oss'],
  ['sni as a text', 'callback.sni', /true or false/, 'false'],
  ['a prefix that ends in a slash', 'publicPath.addPrefix', /Begin it with a slash/, '/api/'],
  ['a publicPath that is a text', 'publicPath', /addPrefix/, '/api'],
  ['handlers that are true', 'handlers', /Write false, or \{/, true],
  ['handlers that may take no time', 'handlers.timeoutSeconds', /from 1 to/, 0],
  ['handlers that are never tried', 'handlers.maxAttempts', /from 1 to/, 0],
  ['reconciliation that is a number', 'reconciliation', /Write false, or \{/, 60],
  ['reconciliation without a pause', 'reconciliation.everySeconds', /from 1 to/, 0],
  ['one key host that is no list', 'publicKeys.trustedHosts', /a list of strings/, 'keys.shop.cn'],
  [
    'a fingerprint of SHA-1',
    'publicKeys.fingerprints[0]',
    /64 hex digits/,
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  ],
  ['rejections kept for less than no time', 'rejections.keepForSeconds', /from 0 to/, -1],
  ['no callback in flight', 'maxCallbacksInFlight', /from 1 to/, 0],
];

const mistakes: [what: string, option: string, tells: RegExp, change: Loose][] = [
  ...values.map(([what, option, tells, value]): [string, string, RegExp, Loose] => [
    what,
    option,
    tells,
    changed(good, option.match(/[^.[\]]+/g)!, value) as Loose,
  ]),
  [
    'a bucket without its name',
    'buckets.main.bucket',
    /name of a bucket/,
    { buckets: { main: { region: 'cn-hangzhou' } } },
  ],
  [
    'no region',
    'buckets.main.region',
    /cn-hangzhou/,
    { buckets: { main: { bucket: 'shop-uploads' } } },
  ],
  [
    'one bucket twice',
    'buckets.other.bucket',
    /buckets\.main\.bucket/,
    { buckets: { main: bucket, other: bucket } },
  ],
  [
    'credentials without a secret',
    'credentials.accessKeySecret',
    /missing or empty/,
    { credentials: { accessKeyId: 'LTAI5tAbCdEf' } },
  ],
  [
    'credentials with a line feed',
    'credentials.accessKeySecret',
    /white space/,
    { credentials: { accessKeyId: 'LTAI5tAbCdEf', accessKeySecret: `${ACCESS_KEY_SECRET}\n` } },
  ],
  ...['"', "'"].map((quote): [string, string, RegExp, Loose] => [
    `credentials in ${quote}`,
    'credentials.accessKeySecret',
    /quotes around it/,
    {
      credentials: {
        accessKeyId: 'LTAI5tAbCdEf',
        accessKeySecret: `${quote}${ACCESS_KEY_SECRET}${quote}`,
      },
    },
  ]),
  [
    'credentials of an example',
    'credentials.accessKeyId',
    /placeholder/,
    { credentials: { accessKeyId: 'your-access-key-id', accessKeySecret: ACCESS_KEY_SECRET } },
  ],
  ['no tickets', 'tickets.secrets', /openssl rand -base64 32/, { tickets: undefined }],
  [
    'one callback URL of several',
    'callback.url[1]',
    /\/oss\/callback/,
    { callback: { url: ['/oss/callback', 'oss/cb'] } },
  ],
  ['a local OSS without a URL', 'localOss.url', /address/, { localOss: {} }],
  ['a local OSS that is a text', 'localOss.url', /address/, { localOss: 'http://127.0.0.1:9100' }],
  [
    'a local OSS with a key that is none',
    'localOss.publicKey',
    /PEM/,
    { localOss: { url: 'http://127.0.0.1:9100', publicKey: 'not a key' } },
  ],
  ...[
    'https://keys.shop.cn',
    'keys.shop.cn:443',
    '10.0.0.1',
    'localhost',
    'Keys.shop.cn',
    'keys',
  ].map((host): [string, string, RegExp, Loose] => [
    `the key host ${host}`,
    'publicKeys.trustedHosts[0]',
    /host name alone/,
    { publicKeys: { trustedHosts: [host] } },
  ]),
];

const inProduction: [what: string, option: string, tells: RegExp, change: Loose][] = [
  ['a local OSS', 'localOss', /Remove it/, { localOss: { url: 'http://127.0.0.1:9100' } }],
  ...[
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'http://[::1]:3000',
    'http://0.0.0.0:3000',
    'http://10.0.0.5',
    'https://172.16.3.4',
    'http://192.168.1.5:3000',
    'http://100.64.0.1',
    'http://169.254.169.254',
    'http://2130706433',
    'https://[2001:db8::1]',
    'http://app:3000',
    'https://api.internal',
  ].map((publicUrl): [string, string, RegExp, Loose] => [
    `the publicUrl ${publicUrl}`,
    'publicUrl',
    /OSS cannot reach/,
    { publicUrl },
  ]),
  [
    'a callback URL at a private address',
    'callback.url[1]',
    /is "http:\/\/10\.0\.0\.5\/cb", which OSS cannot reach: 10\.0\.0\.5 is a private address/,
    { callback: { url: ['/oss/callback', 'http://10.0.0.5/cb'] } },
  ],
  [
    'an endpoint on this machine',
    'buckets.main.endpoint',
    /which is this machine/,
    { buckets: { main: { ...bucket, endpoint: 'http://127.0.0.1:9100' } } },
  ],
  [
    'a sample secret',
    'tickets.secrets[0]',
    /placeholder/,
    { tickets: { secrets: ['your-secret-of-at-least-32-bytes-goes-here'] } },
  ],
];

/** A copy with another value at this place. */
function changed(object: unknown, [key, ...keys]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (
    Array.isArray(object) || /^\d+$/.test(key)
      ? [...((object ?? []) as unknown[])]
      : { ...(object as Loose) }
  ) as Loose;
  return Object.assign(copy, { [key]: changed(copy[key], keys, value) });
}

/** The options that an error names, in its order. */
function namesIn(options: unknown, nodeEnv = 'development'): string[] {
  const { message } = errorOf(options, nodeEnv);
  return [...message.matchAll(/(?:^OssCallbackModule: |^- )option "([^"]+)" /gm)].map(
    ([, name = '']) => name,
  );
}

function errorOf(options: unknown, nodeEnv: string): OssCallbackError {
  try {
    resolveOssCallbackOptions(options as OssCallbackOptions, nodeEnv);
  } catch (error) {
    expect(error).toBeInstanceOf(OssCallbackError);
    return error as OssCallbackError;
  }
  throw new Error('the options were taken');
}

describe('a mistake in the options', () => {
  it.each(mistakes)('%s is told by the name of %s', (_what, option, tells, change) => {
    const error = errorOf({ ...good, ...change }, 'development');
    expect(error.code).toBe('INVALID_OPTIONS');
    expect(error.message.startsWith(`OssCallbackModule: option "${option}" `)).toBe(true);
    expect(error.message).toMatch(tells);
  });

  it.each([null, undefined, 'https://api.shop.cn'])('%j in place of the options', (options) => {
    expect(errorOf(options, 'development').message).toBe(
      'OssCallbackModule: the options are missing. Pass an object to forRoot, or return one from useFactory.',
    );
  });

  it.each(inProduction)('%s stops the start in production', (_what, option, tells, change) => {
    const options: unknown = { ...good, ...change };
    const error = errorOf(options, 'production');
    expect(error.message.startsWith(`OssCallbackModule: option "${option}" `)).toBe(true);
    expect(error.message).toMatch(tells);
  });

  it('never repeats a secret', () => {
    const secrets = [SECRET, ACCESS_KEY_SECRET, 'hunter2-is-the-password', 'kEuVvV7w0mVxkTQ2n4T1'];
    const tellers = [
      ...mistakes,
      ['', '', /./, { publicUrl: 'https://user:hunter2-is-the-password@api.shop.cn' }] as const,
      [
        '',
        '',
        /./,
        { publicUrl: 'https://user:hunter2-is-the-password@api.shop.cn:99999' },
      ] as const,
      [
        '',
        '',
        /./,
        {
          buckets: { main: { ...bucket, endpoint: 'https://u:hunter2-is-the-password@oss.cn/x' } },
        },
      ] as const,
      [
        '',
        '',
        /./,
        { buckets: { main: { ...bucket, endpoint: 'https://u:hunter2-is-the-password@oss.cn' } } },
      ] as const,
    ];
    for (const [, , , change] of tellers) {
      const error = errorOf({ ...good, ...change }, 'development');
      const told = `${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error.getResponse())}`;
      for (const secret of secrets) expect(told).not.toContain(secret);
    }
  });

  it('is told at once with all others, in the order of the options', () => {
    expect(
      namesIn({
        ...good,
        publicUrl: undefined,
        publicPath: { addPrefix: 'api', removePrefix: '/v1/' },
        credentials: { accessKeyId: 'your-access-key-id' },
        sts: { roleArn: 'uploader', durationSeconds: 60 },
        buckets: {
          main: { bucket: 'Shop', region: 'oss-cn-hangzhou' },
          other: null,
          twin: { ...bucket, endpoint: 'oss.shop.cn', sts: { roleArn: 'uploader' } },
          third: bucket,
        },
        callback: { url: 'oss/callback', bodyType: 'text/plain', sni: 1 },
        tickets: { secrets: ['short', SECRET, 'shorter'], required: 'no' },
        answerWithinMs: 9_000,
        handlers: { timeoutSeconds: 0, maxAttempts: 0 },
        publicKeys: { trustedHosts: ['localhost'], fingerprints: 'none' },
      }),
    ).toEqual([
      'publicUrl',
      'publicPath.addPrefix',
      'publicPath.removePrefix',
      'credentials.accessKeyId',
      'credentials.accessKeySecret',
      'sts.roleArn',
      'sts.durationSeconds',
      'buckets.main.bucket',
      'buckets.main.region',
      'buckets.other.bucket',
      'buckets.other.region',
      'buckets.twin.endpoint',
      'buckets.twin.sts.roleArn',
      'buckets.third.bucket',
      'callback.url',
      'callback.bodyType',
      'callback.sni',
      'tickets.secrets[0]',
      'tickets.secrets[2]',
      'tickets.required',
      'answerWithinMs',
      'handlers.timeoutSeconds',
      'handlers.maxAttempts',
      'publicKeys.trustedHosts[0]',
      'publicKeys.fingerprints',
    ]);
  });

  it('is told once, where other options depend on it', () => {
    const two = { main: bucket, other: { ...bucket, bucket: 'shop-videos' } };
    expect(namesIn({ ...good, buckets: two, credentials: undefined })).toEqual(['credentials']);
    expect(namesIn({ ...good, buckets: two, sts: { roleArn: 'uploader' } })).toEqual([
      'sts.roleArn',
    ]);
    expect(namesIn({ ...good, buckets: { main: { ...bucket, region: 'Hangzhou!' } } })).toEqual([
      'buckets.main.region',
    ]);
    expect(namesIn({ ...good, credentials: undefined, localOss: { url: 'local' } })).toEqual([
      'localOss.url',
    ]);
  });

  it('in production is a local OSS first of all, and the others are as without it', () => {
    const local = { url: 'http://127.0.0.1:9100' };
    const options = { ...good, publicUrl: 'http://localhost:3000', localOss: local };
    expect(namesIn(options, 'production')).toEqual(['localOss', 'publicUrl']);
    expect(namesIn({ ...options, credentials: undefined }, 'production')).toEqual([
      'localOss',
      'publicUrl',
      'credentials',
    ]);
  });

  it('is none where every option is as it should be', () => {
    for (const nodeEnv of ['production', 'development', 'test']) {
      expect(resolveOssCallbackOptions(good, nodeEnv)).toMatchObject({
        publicUrl: 'https://api.shop.cn',
        environment: nodeEnv,
        expiresInSeconds: 900,
        confirmObject: 'before-completion',
        answerWithinMs: 4_000,
        maxBodyBytes: 65_536,
        tickets: { required: true, acceptForSeconds: 86_400 },
      });
    }
  });
});
