/**
 * What makes a spreadsheet read a text as a formula, also in full-width and small forms, and after spaces and invisible
 * characters, which some spreadsheets trim.
 */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\t\r\n＝＋－＠﹦﹢﹣﹫]/u;
/** If a spreadsheet splits at `;` or tab, or takes a line break for a row, what follows is a cell of its own. */
const SEPARATORS = /([;\t\r\n])/;
/** RFC 4180 wants quotes for the first three; some spreadsheets also split at `;` or tab, and trim. */
const NEEDS_QUOTES = /[",\r\n;\t]|^\s|\s$/;

/**
 * One line of CSV as in RFC 4180, with its line break. Texts that a spreadsheet would run as a formula are prefixed
 * with an apostrophe, also behind characters at which some spreadsheets split
 * (https://owasp.org/www-community/attacks/CSV_Injection). Dates are ISO 8601 in UTC, objects JSON, null and undefined
 * empty.
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: unknown): string {
  const text = textOf(value);
  const safe = typeof value === 'number' ? text : withoutFormulas(text);
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function withoutFormulas(text: string): string {
  const [first = '', ...others] = text.split(SEPARATORS);
  const safe = others.map((part) =>
    FORMULA.test(part) && !SEPARATORS.test(part) ? `'${part}` : part,
  );
  return (FORMULA.test(text) ? `'${first}` : first) + safe.join('');
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}
