import { describe, expect, it } from 'vitest';
import { readEndpoint } from './oss-endpoint.js';

describe('an endpoint', () => {
  it.each([
    ['oss-cn-hangzhou.aliyuncs.com', true, false, 'cn-hangzhou'],
    ['oss-cn-hangzhou-internal.aliyuncs.com', true, true, 'cn-hangzhou'],
    ['vpc100-oss-cn-beijing.aliyuncs.com', true, true, 'cn-beijing'],
    ['s3.oss-us-east-1.aliyuncs.com', true, false, 'us-east-1'],
    ['cn-hangzhou.oss.aliyuncs.com', true, false, 'cn-hangzhou'],
    ['cn-hangzhou.oss-internal.aliyuncs.com', true, true, 'cn-hangzhou'],
    ['oss-cn-north-2-gov-1.aliyuncs.com', true, false, 'cn-north-2-gov-1'],
    ['oss-accelerate.aliyuncs.com', true, false, undefined],
    ['oss-accelerate-overseas.aliyuncs.com', true, false, undefined],
    ['files.shop.cn', false, false, undefined],
    ['oss-cn-hangzhou.aliyuncs.com.shop.cn', false, false, undefined],
    ['oss-internal.shop.cn', false, false, undefined],
    ['aliyuncs.com', false, false, undefined],
  ])('%s', (hostname, isAlibabas, isInternal, region) => {
    expect(readEndpoint(hostname)).toEqual({ isAlibabas, isInternal, region });
  });
});
