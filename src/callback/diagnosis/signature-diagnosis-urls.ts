import { splitTarget } from '../../protocol/callback/request-target.js';
import { type SignatureFailure, withoutOrigin } from './signature-failure.js';

/** Where proxies write the URL that they got. */
const ORIGINAL_URL_HEADERS = [
  'x-original-uri',
  'x-original-url',
  'x-envoy-original-path',
  'x-rewrite-url',
  'x-forwarded-uri',
];
const PREFIX_HEADERS = ['x-forwarded-prefix', 'x-forwarded-path', 'x-script-name'];
/** Prefixes that gateways commonly remove, for requests that do not show which one it was. */
const COMMON_PREFIXES = ['/api', '/api/v1', '/prod', '/v1', '/gateway', '/prod-api', '/app'];
const MAX_URL_LENGTH = 8_192;

/**
 * Paths with query that OSS may have signed instead of the one that was checked, the likeliest first. What the
 * request itself says is used only as a hint.
 */
export function urlVariants(failure: SignatureFailure): string[] {
  const { checked } = failure;
  const received = withoutOrigin(failure.received);
  const [inside = '/', ...further] = withoutSegments(received);
  const [prefixed, ...otherPrefixed] = COMMON_PREFIXES.map((prefix) => prefix + received);
  const candidates = [
    received,
    withoutOrigin(checked),
    ...fromHeaders(failure.headers, received).slice(0, 5),
    ...fromConfiguration(failure.callbackUrls, splitTarget(received).query).slice(0, 6),
    prefixed!,
    inside,
    withOtherSlash(checked),
    ...withOtherEscapes(checked),
    ...withOtherQuery(checked),
    ...further,
    `/${checked}`,
    ...otherPrefixed,
  ];
  return [...new Set(candidates)].filter(
    (url) => url !== checked && url.startsWith('/') && url.length <= MAX_URL_LENGTH,
  );
}

function fromHeaders(headers: SignatureFailure['headers'], received: string): string[] {
  const valueOf = (name: string) => [headers[name] ?? []].flat()[0];
  const originals = ORIGINAL_URL_HEADERS.map(valueOf).filter((value) => value !== undefined);
  const { path, query } = splitTarget(received);
  const prefixes = PREFIX_HEADERS.map(valueOf)
    .map((value) =>
      value
        ?.split(',')[0]
        ?.trim()
        .replace(/(?<!\/)\/+$/, ''),
    )
    .filter((prefix) => prefix?.startsWith('/'));
  return [
    ...originals.map(withoutOrigin),
    ...prefixes.map((prefix) => prefix + received),
    ...prefixes
      .filter((prefix) => path.startsWith(`${prefix}/`))
      .map((prefix) => path.slice(prefix!.length) + query),
    // a header without the query
    ...originals
      .filter((value) => query && !value.includes('?'))
      .map((value) => withoutOrigin(value) + query),
  ];
}

function fromConfiguration(callbackUrls: readonly string[], query: string): string[] {
  return callbackUrls.map(withoutOrigin).flatMap((url) => {
    const own = splitTarget(url);
    return own.query === query ? [url] : [url, own.path + query];
  });
}

function withOtherSlash(url: string): string {
  const { path, query } = splitTarget(url);
  return (path.endsWith('/') ? path.slice(0, -1) : `${path}/`) + query;
}

function withOtherQuery(url: string): string[] {
  const { path, query } = splitTarget(url);
  if (query === '') return [];
  const pieces = query.slice(1).split('&');
  const orders = pieces.length > 3 ? [pieces.toReversed(), pieces.toSorted()] : orderings(pieces);
  return [
    path,
    ...orders.map((order) => `${path}?${order.join('&')}`),
    path + query.replaceAll('+', '%20'),
    path + query.replaceAll('%20', '+'),
    path + withEscapesIn(query, 'toUpperCase'),
    path + withEscapesIn(query, 'toLowerCase'),
    path + query.replaceAll('%25', '%'),
    `${path}?${pieces.map(decodePiece).join('&')}`,
    `${path}?${pieces.map(encodePiece).join('&')}`,
  ].slice(0, 9);
}

/** Every order of at most three pieces, the given one first. */
function orderings(pieces: readonly string[]): string[][] {
  if (pieces.length < 2) return [[...pieces]];
  return pieces.flatMap((piece, index) =>
    orderings(pieces.toSpliced(index, 1)).map((rest) => [piece, ...rest]),
  );
}

/** OSS signs the decoded path, so that escapes matter only where a proxy added or took a layer of them. */
function withOtherEscapes(url: string): string[] {
  const { path, query } = splitTarget(url);
  return [
    ...(path.includes('%') ? [path.replaceAll('%25', '%'), path.replaceAll('%', '%25')] : []),
    // bytes above ASCII in a request line are shown by Node as Latin-1
    ...(/[\u0080-\u00ff]/.test(path) ? [Buffer.from(path, 'latin1').toString('utf8')] : []),
  ].map((other) => other + query);
}

function withoutSegments(url: string): string[] {
  const { path, query } = splitTarget(url);
  const segments = path.split('/').slice(1);
  return segments.slice(0, 3).map((_segment, index) => {
    return `/${segments.slice(index + 1).join('/')}${query}`;
  });
}

function withEscapesIn(text: string, letterCase: 'toUpperCase' | 'toLowerCase'): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => escape[letterCase]());
}

function decodePiece(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

/** As a proxy's URL library writes a query: names and values encoded, the first `=` kept. */
function encodePiece(piece: string): string {
  const [name = '', ...values] = piece.split('=');
  const encode = (text: string) => encodeURIComponent(decodePiece(text));
  return values.length > 0 ? `${encode(name)}=${encode(values.join('='))}` : encode(name);
}
