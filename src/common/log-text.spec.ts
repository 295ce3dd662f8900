import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.js';
import {
  joinTexts,
  logOnly,
  logText,
  quoted,
  quotedUrl,
  stackText,
  unquoted,
  visible,
  withoutQuery,
} from './log-text.js';

const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const anyText = fc.string({ unit: anyCharacter, maxLength: 300 });

describe('a value', () => {
  it.each([
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['文😀', '"文😀"'],
    ['a\nFAKE LINE\r\t', '"a\\nFAKE LINE\\r\\t"'],
    ['\u001b[31mred\u009b', '"\\u001b[31mred\\u009b"'],
    ['\u202egnp.exe\u2066\u200f\u061c', '"\\u202egnp.exe\\u2066\\u200f\\u061c"'],
    ['\u2028\u2029\u0085\ufeff\u200b', '"\\u2028\\u2029\\u0085\\ufeff\\u200b"'],
    ['\u2060\u00ad\u{e0041}', '"\\u2060\\u00ad\\udb40\\udc41"'],
    ['\ud83d', '"\\ud83d"'],
  ])('%j stands in a log as %s', (value, text) => expect(quoted(value).text).toBe(text));

  it('is one line of visible characters, whatever comes, and says the same', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const { text } = quoted(value);
        expect(text).not.toMatch(UNSEEN);
        if (value.length <= 200) expect(JSON.parse(text)).toBe(value);
        expect(unquoted(value).text).not.toMatch(UNSEEN);
      }),
    );
  });

  it('is cut', () => {
    expect(quoted('x'.repeat(200)).text).toBe(`"${'x'.repeat(200)}"`);
    expect(quoted('x'.repeat(100_000)).text).toBe(`"${'x'.repeat(200)}…"`);
    expect(unquoted('x'.repeat(100_000)).text).toBe(`${'x'.repeat(1_000)}…`);
  });
});

describe('a line', () => {
  it('is what stands in the code, with its values', () => {
    expect(logText`"${quoted('a\n')}" \\ 文 ${7} ${unquoted('b\n')}`.text).toBe(
      '""a\\n"" \\ 文 7 b\\u000a',
    );
    expect(String(logText`in ${quoted('text')}`)).toBe('in "text"');
    expect(JSON.stringify([logText`in JSON`])).toBe('["in JSON"]');
    expect(joinTexts([logText`a`, logText`b`], '. ').text).toBe('a. b');
  });

  it('is never longer than 2,000 characters and an ellipsis', () => {
    const long = unquoted('x'.repeat(1_000));
    for (const { text, forRecord } of [
      logText`${long}${long}${long}`,
      joinTexts([long, long, long], ''),
    ]) {
      expect([text.length, forRecord.length]).toEqual([2_001, 2_001]);
    }
  });

  it('is nothing that another text could be', () => {
    // @ts-expect-error a text that nothing was done for
    void (() => logText`${'value'}`);
    // @ts-expect-error something that looks like one
    void (() => logOnly({ text: 'value', forRecord: 'value' }));
  });
});

describe('what is kept beyond the log', () => {
  it.each([
    ['/oss/callback', '/oss/callback'],
    ['/oss/callback?', '/oss/callback'],
    ['/oss/callback?token=a', '/oss/callback'],
    ['/oss/callback%3Ftoken=a', '/oss/callback'],
    ['/oss/callback%25253ftoken=a?b', '/oss/callback'],
    ['/a%2525b#token', '/a%2525b'],
    ['?token=a', ''],
  ])('of %s is %j', (url, kept) => {
    expect(withoutQuery(url)).toBe(kept);
    expect(quotedUrl(url).text).toBe(JSON.stringify(url));
    expect(quotedUrl(url).forRecord).toBe(JSON.stringify(kept === url ? url : `${kept}?…`));
  });

  it('has no query, quoted, cut or next to others', () => {
    const query = `?a="${'x'.repeat(300)}"&token=secret`;
    const line = logText`${quotedUrl(`/a${query}`)}: ${joinTexts([quotedUrl(query)], '')} ${logOnly(unquoted('secret'))}`;
    expect(line.text).toContain('a=\\"xxx');
    expect(line.forRecord).toBe('"/a?…": "?…" …');
  });
});

it('a whole line is left as it is, but for what cannot be seen', () => {
  expect(visible('it says "a\\b", 文 😀')).toBe('it says "a\\b", 文 😀');
  expect(visible('a\nb\u202ec\u0000')).toBe('a\\u000ab\\u202ec\\u0000');
  fc.assert(fc.property(anyText, (line) => !UNSEEN.test(visible(line))));
});

describe('a stack', () => {
  it('keeps its frames, one a line, and tells no second line of its own', () => {
    const [head, first] = stackText(new Error('a\n    at fake (b.js:1:1)\u202e'))!.split('\n');
    expect(head).toBe('Error: a\\u000a    at fake (b.js:1:1)\\u202e');
    expect(first).toMatch(/^ {4}at .*log-text\.spec\.ts:\d+:\d+/);
    expect(stackText('text')).toBeUndefined();
  });

  it('is on one line up to its frames, also where the message was replaced', () => {
    const { stack } = new Error('a\nb\u202e');
    const error = Object.assign(new Error('another'), { stack });
    const [head, first] = stackText(error)!.split('\n');
    expect(head).toBe('Error: a\\u000ab\\u202e');
    expect(first).toMatch(/^ {4}at .*log-text\.spec\.ts/);
  });

  it('is cut, also where it does not hold the message as it is', () => {
    const message = 'x\n'.repeat(50_000);
    for (const stack of [`Error: ${message}`, `Error: ${message.replaceAll('\n', '\r\n')}`]) {
      const text = stackText(Object.assign(new Error(message), { stack }))!;
      expect(text.length).toBeLessThan(10_000);
    }
  });
});
