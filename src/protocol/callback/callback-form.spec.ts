import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { readCallbackForm } from './callback-form.js';

describe('readCallbackForm', () => {
  it.each<[string, string, [string, string][]]>([
    ['escapes', 'a=%2F%3a&%61=x', [['a', '/:'], ['a', 'x']]],
    ['a space in both writings', 'a=x+y%20z%2B', [['a', 'x y z+']]],
    ['raw Chinese constants', '名=文件&a=%E6%96%87', [['名', '文件'], ['a', '文']]],
    ['empty values', 'height=&width=', [['height', ''], ['width', '']]],
    ['names without a value', 'a&b', [['a', ''], ['b', '']]],
    ['empty pieces', '&a=1&&b=2&', [['a', '1'], ['b', '2']]],
    ['an equals sign in a value', 'a=b=c', [['a', 'b=c']]],
    ['a value without a name', '=b', [['', 'b']]],
    ['a percent sign that begins no escape', 'a=100%&b=%zz%4', [['a', '100%'], ['b', '%zz%4']]],
    ['a percent sign before an escape', 'a=%%41', [['a', '%A']]],
    ['a quote within a value', 'a=x"y"', [['a', 'x"y"']]],
    ['a quote that does not close', 'a="x', [['a', '"x']]],
    ['a quote that closes too soon', 'a="x"y&b=1', [['a', '"x"y'], ['b', '1']]],
  ])('reads %s', (_what, text, pairs) => {
    expect(readCallbackForm(text)).toEqual({ ok: true, pairs });
  }); // prettier-ignore

  it('reads what OSS writes into a form-shaped template as JSON', () => {
    // the shape of a genuine callback
    const text =
      'filename="local/var/www/zhuye.png"&size=5385&mimeType="application/octet-stream"&height=256&width=256';
    expect(readCallbackForm(text)).toEqual({
      ok: true,
      pairs: [
        ['filename', 'local/var/www/zhuye.png'],
        ['size', '5385'],
        ['mimeType', 'application/octet-stream'],
        ['height', '256'],
        ['width', '256'],
      ],
    });
  });

  it('takes any text between quotes, also & and = and escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string(), (one, other) => {
        const text = `a=${JSON.stringify(one)}&b=${JSON.stringify(other)}`;
        expect(readCallbackForm(text)).toEqual({
          ok: true,
          pairs: [
            ['a', one],
            ['b', other],
          ],
        });
      }),
    );
  });

  it.each([
    ['', 'the body is empty'],
    ['&', 'the body is empty'],
    ['a=%E4%B8', 'the value of "a" is broken'],
    ['a=%C0%AF', 'the value of "a" is broken'],
    ['%FF=1', 'a name in the body is not valid UTF-8'],
    ['a="\\x"', 'the value of "a" is broken'],
    ['a="\n"', 'the value of "a" is broken'],
  ])('refuses %j', (text, problem) => {
    expect(readCallbackForm(text)).toEqual({ ok: false, problem });
  });

  it('answers whatever comes', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab=&%"\\+41Fé文')) });
    fc.assert(
      fc.property(text, (body) => void readCallbackForm(body)),
      { numRuns: 1_000 },
    );
  });

  it('reads 4 MB at once', () => {
    const long = 'a'.repeat(4 * 1024 * 1024);
    for (const value of [long, `"${long}"`]) {
      expect(readCallbackForm(`a=${value}`)).toEqual({ ok: true, pairs: [['a', long]] });
    }
  });
});
