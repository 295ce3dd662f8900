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

  it.each(['\t=1+1', '\r=1+1', '\n=1+1', '=HYPERLINK("https://a.example","b")'])(
    'keeps a spreadsheet from running %j, and quotes it',
    (text) => {
      expect(csvLine([text])).toBe(`"'${text.replaceAll('"', '""')}"\r\n`);
    },
  );

  it('writes numbers, dates, objects and what is missing', () => {
    const cells = [-5, 0, true, null, undefined, new Date(0), { a: '=1' }];
    expect(csvLine(cells)).toBe('-5,0,true,,,1970-01-01T00:00:00.000Z,"{""a"":""=1""}"\r\n');
  });
});
