import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeEtag, readOssError } from './oss-response.js';

const document = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  ${inside}\n</Error>`;

describe('readOssError', () => {
  it('reads what OSS says', () => {
    const xml = document(
      '<Code>CallbackFailed</Code><Message>Error status : 301. &lt;a href=&quot;x&quot;&gt; &amp;lt; &apos;</Message><RequestId>5C3D9175B6FC201293AD4890</RequestId><HostId>h</HostId><EC>0007-00000203</EC>',
    );
    expect(readOssError(xml)).toEqual({
      code: 'CallbackFailed',
      message: `Error status : 301. <a href="x"> &lt; '`,
      ec: '0007-00000203',
      requestId: '5C3D9175B6FC201293AD4890',
    });
  });

  it('does without what is not there', () => {
    expect(readOssError(document('<Code>NoSuchKey</Code>'))).toEqual({
      code: 'NoSuchKey',
      message: '',
      ec: undefined,
      requestId: undefined,
    });
  });

  it.each(['', '{}', '<html><Code>x</Code></html>', document('<Message>x</Message>'), '<Error/>'])(
    'takes %j for no such document',
    (text) => expect(readOssError(text)).toBeUndefined(),
  );

  it('looks at the beginning alone', () => {
    expect(readOssError(document(`${' '.repeat(20_000)}<Code>x</Code>`))).toBeUndefined();
    expect(readOssError(`<Error>${'<Code>'.repeat(1_000_000)}`)).toBeUndefined();
  });

  it('answers whatever comes', () => {
    const piece = fc.constantFrom(
      '<Error>',
      '<Code>',
      '</Code>',
      '<Message>',
      'a',
      '&',
      '&lt;',
      '<',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(readOssError(pieces.join(''))?.code).not.toBe(null);
      }),
    );
  });
});

it.each([
  ['"d41d8cd98f00b204e9800998ecf8427e"', 'D41D8CD98F00B204E9800998ECF8427E'],
  ['29B94424BC241D80B0AF488A4E4B86AF-1', '29B94424BC241D80B0AF488A4E4B86AF-1'],
  ['', ''],
])('the ETag %s is written %s', (etag, written) => expect(normalizeEtag(etag)).toBe(written));
