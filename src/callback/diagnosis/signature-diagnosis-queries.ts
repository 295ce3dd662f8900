import { quoted } from '../../common/log-text.js';
import type { SignatureCause } from './signature-failure.js';

/** Why a query (with its `?`) is another than the one that OSS signed; `undefined` where it is the same. */
export function findQueryCause(received: string, signed: string): SignatureCause | undefined {
  if (received === signed) return undefined;
  return {
    code: 'query-changed',
    explanation: describeChange(received, signed),
    fix: 'Have the proxy pass the query on as it comes (nginx: "proxy_pass" without a URI, or $is_args$args behind a rewritten path); publicPath concerns the path alone',
  };
}

function describeChange(received: string, signed: string): string {
  const start = `OSS requested the query ${quoted(signed)}`;
  if (received === '' || received === '?') return `${start}: a proxy dropped it`;
  if (signed === '' || signed === '?') {
    return `OSS requested no query: a proxy added ${quoted(received)}`;
  }
  const did = sorted(received) === sorted(signed) ? 'reordered it to' : 'wrote it again as';
  return `${start}: a proxy ${did} ${quoted(received)}`;
}

function sorted(query: string): string {
  return query.slice(1).split('&').toSorted().join('&');
}
