import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeObjectPath, percentEncode } from './percent-encoding.js';

describe('percentEncode', () => {
  it('leaves only the unreserved characters of RFC 3986', () => {
    expect(percentEncode("aZ09-_.~ /+*'()!%&=中")).toBe(
      'aZ09-_.~%20%2F%2B%2A%27%28%29%21%25%26%3D%E4%B8%AD',
    );
  });

  it('can be decoded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeURIComponent(percentEncode(text))).toBe(text);
      }),
    );
  });

  it('does not throw on half a surrogate pair', () => {
    expect(percentEncode('a\uD800b')).toBe('a%EF%BF%BDb');
  });
});

describe('encodeObjectPath', () => {
  it('keeps the slashes of a key', () => {
    expect(encodeObjectPath('a b//c+d/')).toBe('a%20b//c%2Bd/');
  });
});
