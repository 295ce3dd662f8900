import { expect, it } from 'vitest';
import { isStorable, toStorable } from './database-text.js';

it.each(['', 'a\n\u202e', '照片 😀', '\ufffd', '\u{10ffff}'])('%j can be stored', (text) => {
  expect(isStorable(text)).toBe(true);
  expect(toStorable(text)).toBe(text);
});

it.each([
  ['a\0b', 'ab'],
  ['a\ud83d', 'a'],
  ['\ude00a', '\ufffda'],
  ['a\ud83d\0', 'a'],
])('%j cannot be stored, %j can', (text, storable) => {
  expect(isStorable(text)).toBe(false);
  expect(toStorable(text)).toBe(storable);
});

it('is cut, and never within a character', () => {
  expect(toStorable('照'.repeat(1_000))).toBe('照'.repeat(256));
  expect(toStorable(`${'a'.repeat(255)}😀`)).toBe('a'.repeat(255));
  expect(toStorable(`${'a'.repeat(254)}😀b`)).toBe(`${'a'.repeat(254)}😀`);
});
