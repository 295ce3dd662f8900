import { OssFailure } from '../server/oss-failure.js';

export interface ListedPage {
  names: string[];
  /** Common prefixes up to the delimiter, each in place of the names that begin with it. */
  prefixes: string[];
  /** The marker of the next page; unset on the last page. */
  next: string | undefined;
}

/**
 * One page of names, as OSS lists them.
 * @param names sorted by their bytes
 */
export function listPage(
  names: readonly string[],
  {
    prefix,
    delimiter,
    after,
    max,
  }: Record<'prefix' | 'delimiter' | 'after', string> & { max: number },
): ListedPage {
  const page: ListedPage = { names: [], prefixes: [], next: undefined };
  const start = Buffer.from(after);
  let last: string | undefined;
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    if (after !== '' && Buffer.compare(Buffer.from(name), start) <= 0) continue;
    const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const common = end === -1 ? undefined : name.slice(0, end + delimiter.length);
    if (common !== undefined && (common === last || common === after)) continue;
    if (page.names.length + page.prefixes.length === max) return { ...page, next: last };
    if (common === undefined) page.names.push(name);
    else page.prefixes.push(common);
    last = common ?? name;
  }
  return page;
}

/**
 * Reads a number from the query.
 * @throws OssFailure if it is not a number, or out of range
 */
export function readNumber(
  query: Readonly<Record<string, string>>,
  name: string,
  byDefault: number,
  { min, max }: { min: number; max: number },
): number {
  const text = query[name];
  if (text === undefined || text === '') return byDefault;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new OssFailure('InvalidArgument', {
    message: `Argument ${name} must be an integer between ${min} and ${max}.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}
