import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it('separates with commas and ends with CR LF', () => {
    expect(csvLine(['a', 'b'])).toBe('a,b\r\n');
    expect(csvLine([''])).toBe('\r\n');
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['a;b', '"a;b"'],
    [' edges ', '" edges "'],
    ['照片 1.jpg', '照片 1.jpg'],
  ])('quotes %j where it must', (text, cell) => {
    expect(csvLine([text])).toBe(`${cell}\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1', '＋1', '－1', '＠a'])(
    'keeps a spreadsheet from running %j',
    (text) => {
      expect(csvLine([text])).toBe(`'${text}\r\n`);
    },
  );

  const blanks = [
    ['a space', ' '],
    ['spaces', '   '],
    ['a no-break space', '\u00a0'],
    ['an ideographic space', '\u3000'],
    ['a byte order mark', '\ufeff'],
    ['a zero-width space', '\u200b'],
    ['a direction mark', '\u202e'],
    ['a control character', '\u0001'],
    ['a vertical tab and a space', '\v '],
  ] as const;

  const signs = Array.from('=+-@＝＋－＠﹦﹢﹣﹫');

  it.each(blanks)('keeps a spreadsheet from running a formula behind %s', (_name, blank) => {
    for (const sign of signs) {
      const text = `${blank}${sign}1+1`;
      expect([`'${text}\r\n`, `"'${text}"\r\n`]).toContain(csvLine([text]));
    }
  });

  it.each(blanks)('leaves other texts behind %s as they are', (_name, blank) => {
    expect(csvLine([`${blank}a=1`]).replaceAll('"', '')).toBe(`${blank}a=1\r\n`);
  });

  it('keeps a spreadsheet from running a formula with quotes, and quotes it', () => {
    expect(csvLine(['=HYPERLINK("https://a.example","b")'])).toBe(
      `"'=HYPERLINK(""https://a.example"",""b"")"\r\n`,
    );
  });

  it.each([
    ['\t=1+1', "'\t'=1+1"],
    ['\r=1+1', "'\r'=1+1"],
    ['\n=1+1', "'\n'=1+1"],
    ["a;=cmd|'/C calc'!A0", "a;'=cmd|'/C calc'!A0"],
    ['a\t @b', "a\t' @b"],
    ['a\n-1;b=2', "a\n'-1;b=2"],
  ])('keeps a spreadsheet that splits cells there from running %j', (text, cell) => {
    expect(csvLine([text])).toBe(`"${cell}"\r\n`);
  });

  it('writes numbers, dates, objects and what is missing', () => {
    const cells = [-5, 0, true, null, undefined, new Date(0), { a: '=1' }];
    expect(csvLine(cells)).toBe('-5,0,true,,,1970-01-01T00:00:00.000Z,"{""a"":""=1""}"\r\n');
  });
});
