import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResolvedBucket } from '../options/resolved.js';
import { hasDotSegment, objectUrl, toQueryString } from './object-address.js';

const bucket = {
  bucket: 'photos',
  endpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
  pathStyle: false,
} as ResolvedBucket;
const local = { ...bucket, endpoint: 'http://127.0.0.1:9100', pathStyle: true };

describe('objectUrl', () => {
  it.each([
    [bucket, 'a/文 b.png', 'https://photos.oss-cn-hangzhou.aliyuncs.com/a/%E6%96%87%20b.png'],
    [bucket, '', 'https://photos.oss-cn-hangzhou.aliyuncs.com/'],
    [bucket, '?a#b%', 'https://photos.oss-cn-hangzhou.aliyuncs.com/%3Fa%23b%25'],
    [bucket, '/x//y/', 'https://photos.oss-cn-hangzhou.aliyuncs.com//x//y/'],
    [local, 'a', 'http://127.0.0.1:9100/photos/a'],
    [local, '', 'http://127.0.0.1:9100/photos/'],
  ])('of %o and %j is %s', (of, object, url) => expect(objectUrl(of, object)).toBe(url));

  it('carries every key but those with dots for parts through an HTTP client', () => {
    const segment = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('.', '..', '%2e', '...', '\\', '\t', '?', '#', '@host'),
    );
    const key = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((segments) => segments.join('/'))
      .filter((object) => object.isWellFormed());
    fc.assert(
      fc.property(key, fc.constantFrom(bucket, local), (object, of) => {
        const { href, pathname, host } = new URL(objectUrl(of, object));
        const path = decodeURIComponent(pathname).replace(of.pathStyle ? '/photos/' : '/', '');
        expect(path === object && href === objectUrl(of, object)).toBe(!hasDotSegment(object));
        expect(host).toBe(new URL(objectUrl(of)).host);
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['.', true],
  ['..', true],
  ['a/../b', true],
  ['a/.', true],
  ['./a', true],
  ['.a', false],
  ['a..b', false],
  ['...', false],
  ['%2e%2e', false],
])('%s has a dot for a part: %s', (object, has) => expect(hasDotSegment(object)).toBe(has));

it('a query is written as it is signed', () => {
  expect(toQueryString({ acl: '', a: 'b c+/=', 'callback-var': '&' })).toBe(
    'acl&a=b%20c%2B%2F%3D&callback-var=%26',
  );
  expect(toQueryString({})).toBe('');
});
