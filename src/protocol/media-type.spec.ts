import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaTypeOf } from './media-type.js';

const ALPHANUMERIC = 'abcXYZ019';
const characters = (of: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...of.split('')), minLength: 1, maxLength });
const name = fc
  .tuple(
    fc.constantFrom(...ALPHANUMERIC.split('')),
    fc.string({ unit: fc.constantFrom(...`${ALPHANUMERIC}!#$&^_.+-`.split('')), maxLength: 8 }),
  )
  .map((parts) => parts.join(''));
const essence = fc.tuple(name, name).map(([type, subtype]) => `${type}/${subtype}`);
const space = fc.constantFrom('', ' ', '\t', ' \t ');
const value = fc.oneof(
  characters(`${ALPHANUMERIC}'*.,`, 6),
  // anything may stand between quotes, also another type
  fc.constantFrom('""', '"a b"', '"a; b=c"', '"x, text/html"', String.raw`"a\"b\\"`),
);
const parameter = fc
  .tuple(space, space, name, value)
  .map(([before, after, key, text]) => `${before};${after}${key}=${text}`);
const parameters = fc
  .array(fc.oneof(parameter, fc.constant(';')), { maxLength: 3 })
  .map((all) => all.join(''));

/** What a browser takes a response of this Content-Type for. */
async function readByBrowser(type: string): Promise<string> {
  const blob = await new Response('', { headers: { 'content-type': type } }).blob();
  return blob.type.split(';')[0]!;
}

describe('a media type', () => {
  it('is its type and subtype, whatever its case, its parameters and the space around it', () => {
    fc.assert(
      fc.property(space, essence, parameters, space, (before, type, rest, after) => {
        expect(mediaTypeOf(`${before}${type}${rest}${after}`)).toBe(type.toLowerCase());
      }),
    );
  });

  it('is what a browser reads', async () => {
    const pieces = fc.oneof(
      essence,
      parameters,
      fc.constantFrom(
        ',',
        ', ',
        ';',
        '"',
        '/',
        '=',
        ' ',
        'text/html',
        'image/png',
        'a="b"',
        '\\',
        '*',
        'é',
      ),
    );
    const text = fc.array(pieces, { minLength: 1, maxLength: 5 }).map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (type) => {
        const read = mediaTypeOf(type);
        if (read !== undefined) expect(await readByBrowser(type)).toBe(read);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one: no two of them are, whatever stands between', () => {
    const between = fc.constantFrom(',', ', ', ' ', ' , ', '\t', '/', ',;', ';,', '"', '\n');
    fc.assert(
      fc.property(essence, parameters, between, essence, (one, rest, join, other) => {
        expect(mediaTypeOf(`${one}${rest}${join}${other}`)).toBeUndefined();
      }),
    );
  });

  it.each([
    'image/png,text/html',
    'image/png, text/html',
    'image/png text/html',
    'image/png; a="b", text/html',
    'image/png; a=b, text/html',
    'image/png; a=b,text/html',
    'image/png; text/html',
    'image/',
    'image',
    '/png',
    '',
    'image/*',
    '*/*',
    'image/png/jpeg',
    'image/ png',
    'image/png;a',
    'image/png;a=',
    'image/png;a="b',
    'image/png;a="b\\',
    'image/png;a="b"c',
    'image/png;a="é"',
    'image/png\n',
    'image/png\u00a0',
    'image/pñg',
    'image/png\0',
    `image/${'x'.repeat(128)}`,
    `image/png;a=${'x'.repeat(256)}`,
  ])('%j is none', (text) => {
    expect(mediaTypeOf(text)).toBeUndefined();
  });

  it.each([
    ['text/plain; charset=utf-8', 'text/plain'],
    ['TEXT/HTML;Charset="utf-8"', 'text/html'],
    // as Chrome's MediaRecorder writes it
    ['video/webm;codecs=vp8,opus', 'video/webm'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['image/svg+xml;', 'image/svg+xml'],
  ])('%j is %s', (text, type) => {
    expect(mediaTypeOf(text)).toBe(type);
  });
});
