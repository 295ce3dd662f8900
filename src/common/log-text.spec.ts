import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoted, visible, visibleStack } from './log-text.js';

const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

it.each([
  ['a "b" \\', '"a \\"b\\" \\\\"'],
  ['文😀', '"文😀"'],
  ['a\nFAKE LINE\r\t', '"a\\nFAKE LINE\\r\\t"'],
  ['\u001b[31mred\u009b', '"\\u001b[31mred\\u009b"'],
  ['\u202egnp.exe\u2066\u200f\u061c', '"\\u202egnp.exe\\u2066\\u200f\\u061c"'],
  ['\u2028\u2029\u0085\ufeff\u200b', '"\\u2028\\u2029\\u0085\\ufeff\\u200b"'],
  ['\u2060\u00ad\u{e0041}', '"\\u2060\\u00ad\\udb40\\udc41"'],
  ['\ud83d', '"\\ud83d"'],
])('%j stands in a log as %s', (value, text) => expect(quoted(value)).toBe(text));

it('is one line of visible characters, whatever comes, and says the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      const text = quoted(value);
      expect(text).not.toMatch(UNSEEN);
      if (value.length <= 200) expect(JSON.parse(text)).toBe(value);
    }),
  );
});

it('is cut', () => {
  expect(quoted('x'.repeat(200))).toBe(`"${'x'.repeat(200)}"`);
  expect(quoted('x'.repeat(100_000))).toBe(`"${'x'.repeat(200)}…"`);
});

it('a whole line is left as it is, but for what cannot be seen', () => {
  expect(visible('it says "a\\b", 文 😀')).toBe('it says "a\\b", 文 😀');
  expect(visible('a\nb\u202ec\u0000')).toBe('a\\u000ab\\u202ec\\u0000');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (line) => {
      expect(visible(line)).not.toMatch(UNSEEN);
    }),
  );
});

it('a stack keeps its frames, one a line, and tells no second line of its own', () => {
  const error = new Error('a\n    at fake (b.js:1:1)\u202e');
  const [text = ''] = visibleStack(error);
  const [head, first] = text.split('\n');
  expect(head).toBe('Error: a\\u000a    at fake (b.js:1:1)\\u202e');
  expect(first).toMatch(/^ {4}at .*log-text\.spec\.ts:\d+:\d+/);
  expect(visibleStack('text')).toEqual([]);
});
