import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { parseCallbackBody } from './callback-body.js';
import { MAX_BODY_NAMES } from './callback-pairs.js';
import {
  type CallbackBodyType,
  type CallbackRendering,
  renderCallbackBody,
} from './callback-rendering.js';

const parse = (text: string) => parseCallbackBody(Buffer.from(text));
const genuine = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/genuine-callbacks.json', import.meta.url), 'utf8'),
) as { id: string; body: string }[];

/** Every way in which OSS may write a body, as far as is known. */
const rendering: fc.Arbitrary<CallbackRendering> = fc.record({
  jsonText: fc.constantFrom('raw', 'ascii-escaped'),
  jsonSlash: fc.constantFrom('raw', 'escaped'),
  missingInJson: fc.constantFrom('as-seen', 'null', 'empty'),
  space: fc.constantFrom('%20', '+'),
});

const name = fc.oneof(
  fc.constantFrom('x:user_id', 'imageInfo.width', '__proto__', 'constructor', 'x:键值1'),
  fc.stringMatching(/^[a-z:_.]{1,12}$/),
);
const text = fc
  .oneof(
    fc.string({ unit: anyCharacter, maxLength: 24 }),
    fc.string({ unit: fc.constantFrom(...Array.from('%+&="\\/{}[]:, \r\n\t😀文')) }),
    fc.constantFrom('null', '"', '\\', '%', '%41', '{"a":1}', 'x'.repeat(64 * 1024)),
  )
  .filter((value) => value.isWellFormed() && !value.includes('\0'));
const value = fc.oneof(text, fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(), fc.constant(undefined));

const templates: Record<CallbackBodyType, (names: string[]) => string> = {
  'application/x-www-form-urlencoded': (names) =>
    names.map((key) => `${encodeURIComponent(key)}=\${${key}}`).join('&'),
  'application/json': (names) =>
    `{${names.map((key) => `${JSON.stringify(key)}:\${${key}}`).join(', ')}}`,
};

describe('what OSS writes, is read', () => {
  it.each(Object.keys(templates) as CallbackBodyType[])('from %s', (bodyType) => {
    const entries = fc.uniqueArray(fc.tuple(name, value), {
      minLength: 1,
      maxLength: 8,
      selector: ([key]) => key,
    });
    fc.assert(
      fc.property(entries, rendering, (pairs, rules) => {
        const known = pairs.filter((pair): pair is [string, string | number | bigint] => {
          return pair[1] !== undefined;
        });
        const body = renderCallbackBody(
          templates[bodyType](pairs.map(([key]) => key)),
          bodyType,
          new Map(known),
          rules,
        );
        const unset = bodyType === 'application/json' ? null : '';
        const read = parse(body);
        if (!read.ok) expect.fail(`${read.problem}: ${body}`);
        expect([...read.values]).toEqual(
          pairs.map(([key, written]) => [key, written === undefined ? unset : String(written)]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('from a form-shaped template that was sent as JSON', () => {
    fc.assert(
      fc.property(text, fc.bigInt(0n, 2n ** 64n - 1n), rendering, (object, crc64, rules) => {
        const body = renderCallbackBody(
          'o=${object}&c=${crc64}',
          'application/json',
          new Map<string, string | bigint>([
            ['object', object],
            ['crc64', crc64],
          ]),
          rules,
        );
        const values = new Map([
          ['o', object],
          ['c', String(crc64)],
        ]);
        expect(parse(body)).toEqual({ ok: true, shape: 'form', values });
      }),
    );
  });
});

describe('parseCallbackBody', () => {
  it.each(genuine)('reads the genuine body of $id, or says why not', ({ id, body }) => {
    const read = parse(body);
    if (id === 'mixmedia-invalid-json') {
      expect(read).toMatchObject({ ok: false, problem: expect.stringContaining('not valid JSON') });
    } else {
      expect(read.ok).toBe(true);
    }
  });

  it.each([
    ['a=1&a=1', '"a"'],
    ['a=1&%61=2', '"a"'],
    ['a+b=1&a%20b=2', '"a b"'],
    ['a&a=', '"a"'],
    ['{"a":1,"a":1}', '"a"'],
    ['{"a":1,"\\u0061":2}', '"a"'],
    ['{"a":,"a":}', '"a"'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__"'],
  ])('refuses %s: two readers could take different values', (body, twice) => {
    expect(parse(body)).toEqual({ ok: false, problem: `the name ${twice} appears twice` });
  });

  it.each([
    ['invalid UTF-8', Buffer.from([0x61, 0x3d, 0xe4, 0xb8]), 'the body is not valid UTF-8'],
    ['an overlong form', Buffer.from([0x61, 0x3d, 0xc0, 0xaf]), 'the body is not valid UTF-8'],
    ['nothing', Buffer.alloc(0), 'the body is empty'],
    ['a byte order mark', Buffer.from('\ufeff{"a":1}'), /not valid JSON/],
    ['a NUL in a value', Buffer.from('a=%00'), 'the body contains a NUL character'],
    ['a NUL in a name', Buffer.from('{"\\u0000":1}'), 'the body contains a NUL character'],
    ['a lone surrogate', Buffer.from('{"a":"\\ud83d"}'), 'the body contains a lone surrogate'],
    [
      'a lone surrogate in a name',
      Buffer.from('{"\\ude00":1}'),
      'the body contains a lone surrogate',
    ],
    [
      'a lone surrogate in quotes',
      Buffer.from('a="\\ud83d"'),
      'the body contains a lone surrogate',
    ],
  ])('refuses %s, which no database would keep as it is', (_what, body, problem) => {
    expect(parseCallbackBody(body)).toEqual({
      ok: false,
      problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
    });
  });

  it.each<[string, (names: string[], end?: string) => string]>([
    ['a form', (names, end = '') => names.map((name) => `${name}=`).join('&') + end],
    ['a form of bare names', (names, end = '') => names.join('&') + end],
    ['JSON', (names, end = '}') => `{${names.map((name) => `"${name}":1`).join(',')}${end}`],
  ])('takes as many names as any template can hold, and stops there, in %s', (_what, write) => {
    const names = Array.from({ length: 10_000 }, (_, at) => `n${at}`);
    const tooMany = { ok: false, problem: 'the body has more than 256 names' };
    expect(parse(write(names.slice(0, MAX_BODY_NAMES)))).toMatchObject({
      ok: true,
      values: { size: 256 },
    });
    expect(parse(write(names.slice(0, MAX_BODY_NAMES + 1)))).toEqual(tooMany);
    expect(parse(write(names))).toEqual(tooMany);
    // the reader stops before the broken part
    expect(parse(write(names.slice(0, MAX_BODY_NAMES + 1), '&%FF='))).toEqual(tooMany);
    expect(parse(write(Array<string>(10_000).fill('same')))).toEqual(tooMany);
  });

  it('counts no empty piece of a form as a name', () => {
    const body = Array.from({ length: MAX_BODY_NAMES }, (_, at) => `&&n${at}=`).join('');
    expect(parse(`${body}&&`)).toMatchObject({ ok: true, values: { size: 256 } });
  });

  it('tells the shape from the first character', () => {
    expect(parse(' \r\n{"a":1}')).toMatchObject({ ok: true, shape: 'json' });
    expect(parse('a={"b":1}')).toMatchObject({ ok: true, shape: 'form' });
  });

  it('answers whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseCallbackBody(bytes)),
    );
  });
});
