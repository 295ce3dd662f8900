import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { readCallbackJson } from './callback-json.js';

/** The one thing that is taken beyond JSON: a missing value in an object, as `null`. */
function repair(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|:[\t\n\r ]*(?=[,}])/gs, (part) =>
    part.startsWith(':') ? ':null' : part,
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function expectAgreement(text: string): void {
  const read = readCallbackJson(text);
  const expected = parseObject(repair(text));
  expect(read.ok, text).toBe(expected !== undefined);
  if (!read.ok || !expected) return;
  const pairs = new Map(read.pairs);
  expect([...pairs.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, value] of pairs) {
    const parsed = expected[name];
    if (typeof parsed === 'string' || value === null) expect(value).toBe(parsed);
    else expect(JSON.parse(repair(value))).toEqual(parsed);
  }
}

const jsonObject = fc
  .dictionary(
    fc.oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('__proto__', 'constructor', '')),
    fc.jsonValue(),
    { noNullPrototype: false },
  )
  .chain((value) =>
    fc.constantFrom(undefined, 1, '\t').map((by) => JSON.stringify(value, null, by)),
  );

describe('readCallbackJson and JSON.parse', () => {
  it('agree on objects', () => {
    fc.assert(fc.property(jsonObject, expectAgreement), { numRuns: 300 });
  });

  it('agree on what is nearly an object', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.nat(3),
      fc.oneof(
        fc.constantFrom(
          ...Array.from('{}[]:,"\\/ue0.-+ \n\u00a0\ufeff\u0000'),
          '\\u00',
          'null',
          '01',
          '1.',
          '""',
        ),
        fc.constant(''),
      ),
    );
    const nearly = fc.tuple(jsonObject, fc.array(edit, { maxLength: 3 })).map(([text, edits]) =>
      edits.reduce((before, [position, cut, text_]) => {
        const at = position % (before.length + 1);
        return before.slice(0, at) + text_ + before.slice(at + cut);
      }, text),
    );
    fc.assert(fc.property(nearly, expectAgreement), { numRuns: 1_000 });
  });

  it.each([
    '',
    '{',
    '{}',
    ' {} ',
    '{}{}',
    '[]',
    'null',
    '"a"',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    "{'a':1}",
    '{a:1}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":-}',
    '{"a":1e}',
    '{"a":-0.5E+10}',
    '{"a":NaN}',
    '{"a":nullx}',
    '{"a":True}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '{"a":"\\u00g0"}',
    '{"a":"\u2028"}',
    '{"a":"\\ud83d"}',
    '{"a":[1,]}',
    '{"a":[,]}',
    '{"a":[]}',
    '{"a":/**/1}',
    '\ufeff{}',
    '\u00a0{}',
    '{"a":1}\u0000',
  ])('agree on %j', expectAgreement);
});

describe('readCallbackJson', () => {
  it.each<[string, [string, string | null][]]>([
    ['{"crc64":18446744073709551615}', [['crc64', '18446744073709551615']]],
    ['{"size":1e3,"f":-0.10}', [['size', '1e3'], ['f', '-0.10']]], // prettier-ignore
    ['{"a":true,"b":false,"c":null}', [['a', 'true'], ['b', 'false'], ['c', null]]], // prettier-ignore
    ['{"a":{"b": [1, "x"]}}', [['a', '{"b": [1, "x"]}']]],
    ['{"width":,"height": }', [['width', null], ['height', null]]], // prettier-ignore
    ['{"a":"null"}', [['a', 'null']]],
    ['{"a":1,"\\u0061":2}', [['a', '1'], ['a', '2']]], // prettier-ignore
  ])('reads %s without losing a digit or a name', (text, pairs) => {
    expect(readCallbackJson(text)).toEqual({ ok: true, pairs });
  });

  it('says where it stopped', () => {
    expect(readCallbackJson('{"filename","x"}')).toEqual({
      ok: false,
      problem: 'the body is not valid JSON (expected ":" at character 11)',
    });
  });

  it('reads 16 levels and refuses more, however many', () => {
    const nested = (levels: number, [open, close]: [string, string]) =>
      `{"a":${open.repeat(levels)}${close.repeat(levels)}}`;
    const arrays: [string, string] = ['[', ']'];
    expect(readCallbackJson(nested(16, arrays)).ok).toBe(true);
    for (const levels of [17, 100_000]) {
      for (const brackets of [arrays, ['{"a":', '}'] as [string, string]]) {
        expect(readCallbackJson(nested(levels, brackets))).toEqual({
          ok: false,
          problem: 'the body is not valid JSON (nested deeper than 16 levels)',
        });
      }
    }
  });

  it.each([
    ['plain', 'a'.repeat(4 * 1024 * 1024)],
    ['of escapes', '\n'.repeat(64 * 1024)],
    ['of Chinese', '文'.repeat(64 * 1024)],
  ])('reads a long text, %s', (_what, value) => {
    const text = JSON.stringify({ value });
    expect(readCallbackJson(text)).toEqual({ ok: true, pairs: [['value', value]] });
    expect(readCallbackJson(text.slice(0, -2)).ok).toBe(false);
  });
});
