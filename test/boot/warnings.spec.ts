import { describe, expect, it } from 'vitest';
import type { OssBucketOptions, OssCallbackOptions } from '../../src/index.js';
import { readOssCallbackOptions } from '../../src/options/config.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { bootWarnings } from '../../src/options/warnings.js';
import { useDatabase } from '../support/test-app.js';
import { boot, bootOptions } from './boot-app.js';

const bucket = { bucket: 'shop-uploads', region: 'cn-hangzhou' };
const SECRET = 'kEuVvV7w0mVxkTQ2n4T1v8k8Jb1v4m1hHq0Gq3u2s9A=';

const warningsOf = (change: Partial<OssCallbackOptions>, nodeEnv = 'development') =>
  bootWarnings(resolveOssCallbackOptions({ ...bootOptions, ...change }, nodeEnv));
const ofBucket = (change: Partial<OssBucketOptions>, nodeEnv?: string) =>
  warningsOf({ buckets: { main: { ...bucket, ...change } } }, nodeEnv);

describe('the start of an app warns', () => {
  const database = useDatabase();

  it('in its log', async () => {
    const lines: string[] = [];
    const options = { publicUrl: 'http://10.0.0.5:3000' };
    await boot({ databaseUrl: database.url, options, onWarning: (line) => lines.push(line) });
    expect(lines).toEqual([
      'option "publicUrl" is "http://10.0.0.5:3000", which OSS cannot reach: 10.0.0.5 is a private address. For development use the local OSS ("localOss").',
    ]);
  });

  it('with the variable from which the option comes', () => {
    const options = readOssCallbackOptions({
      OSS_PUBLIC_URL: 'http://192.168.1.5:3000',
      OSS_BUCKET: 'shop-uploads',
      OSS_REGION: 'cn-hangzhou',
      OSS_ENDPOINT: 'https://oss-cn-shanghai.aliyuncs.com',
      OSS_ACCESS_KEY_ID: 'LTAI5tAbCdEf',
      OSS_ACCESS_KEY_SECRET: 'Q7b3kXoP0vLr9sTnYw2eZc5uHd8jGm',
      OSS_TICKET_SECRETS: `"${SECRET}"`,
      OSS_CONFIRM_OBJECT: 'never',
    });
    const lines = bootWarnings(resolveOssCallbackOptions(options, 'development'));
    expect(lines.map((line) => line.split(' is ')[0]!.split(' has ')[0])).toEqual([
      'option "confirmObject" (variable OSS_CONFIRM_OBJECT)',
      'option "tickets.secrets[0]" (variable OSS_TICKET_SECRETS)',
      'option "publicUrl" (variable OSS_PUBLIC_URL)',
      'option "buckets.main.region" (variable OSS_REGION)',
    ]);
    expect(lines.join()).not.toContain(SECRET);
  });

  it.each([
    ['publicUrl', { publicUrl: 'http://172.20.0.1' }, '172.20.0.1 is a private address'],
    ['publicUrl', { publicUrl: 'http://[2001:db8::1]' }, 'is an IPv6 address'],
    ['publicUrl', { publicUrl: 'http://app:3000' }, 'app has no dot'],
    [
      'callback.url[1]',
      { callback: { url: ['/oss/callback', 'http://169.254.1.1/cb'] } },
      '169.254.1.1 is a private address',
    ],
  ])('of a host of %s that OSS cannot reach: %j', (option, change, why) => {
    const [line] = warningsOf(change);
    expect(line).toContain(`option "${option}" is `);
    expect(line).toContain(why);
  });

  it.each<[what: string, line: string, change: Partial<OssBucketOptions>]>([
    [
      'another cloud’s endpoint',
      `option "buckets.main.endpoint" is "https://files.shop.cn", which is not a host of Alibaba Cloud: requests go to shop-uploads.files.shop.cn. If it is a domain that is bound to the bucket, set customDomain to true.`,
      { endpoint: 'https://files.shop.cn' },
    ],
    [
      'an internal endpoint',
      'option "buckets.main.endpoint" is "https://oss-cn-hangzhou-internal.aliyuncs.com", which browsers cannot reach: it is for servers in Alibaba Cloud. Set it as internalEndpoint, and the public endpoint here.',
      { endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com' },
    ],
    [
      'an endpoint of another region',
      'option "buckets.main.region" is "cn-hangzhou", and its endpoint "https://oss-cn-shanghai.aliyuncs.com" is one of "cn-shanghai": OSS refuses signatures for another region.',
      { endpoint: 'https://oss-cn-shanghai.aliyuncs.com' },
    ],
    [
      'an internal endpoint of another region',
      'option "buckets.main.region" is "cn-hangzhou", and its endpoint "https://oss-cn-beijing-internal.aliyuncs.com" is one of "cn-beijing": OSS refuses signatures for another region.',
      { internalEndpoint: 'https://oss-cn-beijing-internal.aliyuncs.com' },
    ],
  ])('of %s, in production too', (_what, line, change) => {
    expect(ofBucket(change)).toEqual([line]);
    expect(ofBucket(change, 'production')).toEqual([line]);
  });

  it('of quotes around a ticket secret, without repeating it', () => {
    expect(warningsOf({ tickets: { secrets: [SECRET, `'${SECRET}'`] } })).toEqual([
      'option "tickets.secrets[1]" has quotes around it, which count as a part of the secret. If the value is in an env file, write it there without quotes.',
    ]);
  });

  it.each<[what: string, change: Partial<OssBucketOptions>]>([
    ['the endpoints of the region', {}],
    [
      'an internal endpoint in its place',
      { internalEndpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com' },
    ],
    [
      'a domain that is bound to the bucket',
      { endpoint: 'https://files.shop.cn', customDomain: true },
    ],
    ['a proxy', { endpoint: 'https://oss.shop.cn', pathStyle: true }],
    ['transfer acceleration', { endpoint: 'https://oss-accelerate.aliyuncs.com' }],
  ])('of nothing with %s', (_what, change) => {
    expect(ofBucket(change)).toEqual([]);
  });

  it('of no address where a local OSS calls', () => {
    const localOss = { url: 'http://127.0.0.1:9100' };
    expect(warningsOf({ publicUrl: 'http://127.0.0.1:3000', localOss })).toEqual([]);
  });
});
