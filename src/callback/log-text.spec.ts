import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoted } from './log-text.js';

it.each([
  ['a "b" \\', '"a \\"b\\" \\\\"'],
  ['文😀', '"文😀"'],
  ['a\nFAKE LINE\r\t', '"a\\nFAKE LINE\\r\\t"'],
  ['\u001b[31mred\u009b', '"\\u001b[31mred\\u009b"'],
  ['\u202egnp.exe\u2066\u200f\u061c', '"\\u202egnp.exe\\u2066\\u200f\\u061c"'],
  ['\u2028\u2029\u0085\ufeff\u200b', '"\\u2028\\u2029\\u0085\\ufeff\\u200b"'],
  ['\ud83d', '"\\ud83d"'],
])('%j stands in a log as %s', (value, text) => expect(quoted(value)).toBe(text));

it('is one line of visible characters, whatever comes, and says the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      const text = quoted(value);
      expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      if (value.length <= 200) expect(JSON.parse(text)).toBe(value);
    }),
  );
});

it('is cut', () => {
  expect(quoted('x'.repeat(200))).toBe(`"${'x'.repeat(200)}"`);
  expect(quoted('x'.repeat(100_000))).toBe(`"${'x'.repeat(200)}…"`);
});
