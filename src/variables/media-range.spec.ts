import { describe, expect, it } from 'vitest';
import { allowsContentType, mediaRangeOf } from './media-range.js';

describe('types that are allowed', () => {
  it.each([
    ['image/png', 'image/png'],
    [' Image/PNG ', 'image/png'],
    ['Image/*', 'image/*'],
    ['image/png; charset=utf-8', undefined],
    ['*/*', undefined],
    ['image/p*', undefined],
    ['image/', undefined],
    ['png', undefined],
  ])('are written as %j: %s', (text, range) => {
    expect(mediaRangeOf(text)).toBe(range);
  });

  it.each([
    [[], 'anything', true],
    [['image/png'], 'image/png', true],
    [['image/png'], 'IMAGE/PNG; charset=utf-8', true],
    [['image/png'], ' image/png ;a=b', true],
    [['image/png'], 'image/png2', false],
    [['image/png'], 'image/png,text/html', false],
    [['image/png'], '', false],
    [['image/*'], 'image/webp', true],
    [['image/*'], 'image/*', false],
    [['image/*'], 'image/', false],
    [['image/*'], 'image', false],
    [['image/*'], 'imagex/png', false],
    [['image/*'], 'image/png,text/html', false],
    [['image/*'], 'text/html;image/png', false],
    [['text/plain', 'image/*'], 'image/gif', true],
  ])('%j and %s: %s', (ranges, type, isAllowed) => {
    expect(allowsContentType(ranges, type)).toBe(isAllowed);
  });
});
