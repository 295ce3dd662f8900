import { describe, expect, it } from 'vitest';
import { escapeXml, ossErrorEc, ossErrorInfo, renderOssError } from './oss-errors.js';

const requestId = '5C3D9175B6FC201293AD4890';

describe('renderOssError', () => {
  it("writes OSS's document", () => {
    expect(
      renderOssError({
        code: 'NoSuchBucket',
        requestId,
        hostId: 'bucket.oss-cn-hangzhou.aliyuncs.com',
        details: { BucketName: 'bucket' },
      }),
    ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>NoSuchBucket</Code>
  <Message>The specified bucket does not exist.</Message>
  <RequestId>5C3D9175B6FC201293AD4890</RequestId>
  <HostId>bucket.oss-cn-hangzhou.aliyuncs.com</HostId>
  <BucketName>bucket</BucketName>
  <EC>0015-00000101</EC>
  <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0015-00000101</RecommendDoc>
</Error>
`);
  });

  it('writes a failed callback, status 203', () => {
    expect(ossErrorInfo('CallbackFailed').status).toBe(203);
    const xml = renderOssError({
      code: 'CallbackFailed',
      message: 'Error status : 301.',
      ec: '0007-00000203',
      requestId,
      hostId: 'h',
    });
    expect(xml).toContain('<Message>Error status : 301.</Message>');
    expect(xml).toContain('<EC>0007-00000203</EC>');
  });

  it('does not give the number of another message', () => {
    expect(ossErrorEc({ code: 'NoSuchKey' })).toBe('0026-00000001');
    expect(ossErrorEc({ code: 'NoSuchKey', message: 'something else' })).toBeUndefined();
  });
});

describe('escapeXml', () => {
  it('escapes markup and replaces what XML cannot hold', () => {
    expect(escapeXml(`<a b="c">&'\u0000\uD800中😀`)).toBe(
      '&lt;a b=&quot;c&quot;&gt;&amp;&apos;\uFFFD\uFFFD中😀',
    );
  });
});
