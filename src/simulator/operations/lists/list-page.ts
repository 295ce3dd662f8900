import { invalidArgument } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { XmlContent } from '../../server/xml.js';
import { type NameEncoding, readEncodingType } from '../encoding-type.js';

export interface ListedPage<Entry> {
  entries: Entry[];
  /** Common prefixes up to the delimiter, each in place of the entries whose names begin with it. */
  prefixes: string[];
  isTruncated: boolean;
  /** What the page ends with: an entry, or a common prefix. */
  last: { name: string; entry?: Entry } | undefined;
}

/**
 * One page of a list, as OSS divides it.
 * @param entries those after the marker, sorted by the bytes of their names
 */
export function listPage<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  {
    prefix,
    delimiter,
    marker,
    max,
  }: Record<'prefix' | 'delimiter' | 'marker', string> & { max: number },
): ListedPage<Entry> {
  const page: ListedPage<Entry> = {
    entries: [],
    prefixes: [],
    isTruncated: false,
    last: undefined,
  };
  for (const entry of entries) {
    const name = nameOf(entry);
    if (!name.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const common = end === -1 ? undefined : name.slice(0, end + delimiter.length);
    if (common !== undefined && (common === marker || common === page.last?.name)) continue;
    if (page.entries.length + page.prefixes.length === max) return { ...page, isTruncated: true };
    if (common === undefined) page.entries.push(entry);
    else page.prefixes.push(common);
    page.last = common === undefined ? { name, entry } : { name: common };
  }
  return page;
}

/** The common prefixes of a page, which come after its entries. */
export function prefixElements(
  { prefixes }: Pick<ListedPage<unknown>, 'prefixes'>,
  write: NameEncoding['write'],
): (readonly [string, XmlContent])[] {
  return prefixes.map((one) => ['CommonPrefixes', [['Prefix', write(one)]]] as const);
}

/** Whether a name comes after a marker in the order of their bytes. Without a marker, every name does. */
export function isAfter(name: string, marker: string): boolean {
  return marker === '' || Buffer.compare(Buffer.from(name), Buffer.from(marker)) > 0;
}

const MAX_LISTED = 1_000;
/** Limit of prefixes, delimiters and markers. */
const MAX_TEXT_BYTES = 1_024;

/**
 * Reads a prefix, a delimiter or a marker from the query; empty if there is none.
 * @throws OssFailure if it is too long
 */
export function readText(query: Readonly<Record<string, string>>, name: string): string {
  const text = query[name] ?? '';
  if (Buffer.byteLength(text) <= MAX_TEXT_BYTES) return text;
  throw invalidArgument(name, text, `${name} is longer than ${MAX_TEXT_BYTES} bytes.`);
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
  throw invalidArgument(
    name,
    text,
    `Argument ${name} must be an integer between ${min} and ${max}.`,
  );
}

/**
 * The query of a list in which a key can stand more than once: a second marker, an id, marks the place among those of
 * the first one's key.
 * @param names of the parameters that differ, and how many there are by default
 * @throws OssFailure
 */
export function readKeyQuery(
  request: OssRequest,
  names: { idMarker: string; max: string; byDefault: number },
) {
  const { query } = request;
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')];
  const marker = readText(query, 'key-marker');
  const { elements, write } = readEncodingType(request);
  const idMarker = readText(query, names.idMarker);
  const max = readNumber(query, names.max, names.byDefault, { min: 1, max: MAX_LISTED });
  return {
    prefix,
    delimiter,
    marker,
    idMarker: marker === '' ? '' : idMarker,
    max,
    elements,
    write,
  };
}
