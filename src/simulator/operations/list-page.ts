import { OssFailure } from '../server/oss-failure.js';

export interface ListedPage {
  names: string[];
  /** What names have in common up to the delimiter; each stands for all of them. */
  prefixes: string[];
  /** Where the next page begins after; unset on the last one. */
  next: string | undefined;
}

/**
 * One page of names as OSS lists them.
 * @param names in the order of their bytes
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
 * A number of the query.
 * @throws OssFailure where it is none, or out of its range
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
