import { logText, type LogText, quotedUrl } from '../../common/log-text.js';
import type { SignatureCause } from './signature-failure.js';

/** Why a query (with its `?`) is another than the one that OSS signed; `undefined` where it is the same. */
export function findQueryCause(received: string, signed: string): SignatureCause | undefined {
  if (received === signed) return undefined;
  return {
    code: 'query-changed',
    explanation: describeChange(received, signed),
    fix: logText`Have the proxy forward the query unchanged (nginx: "proxy_pass" without a URI, or $is_args$args behind a rewritten path); publicPath affects only the path`,
  };
}

function describeChange(received: string, signed: string): LogText {
  const start = logText`OSS requested the query ${quotedUrl(signed)}`;
  if (received === '' || received === '?') return logText`${start}: a proxy dropped it`;
  if (signed === '' || signed === '?') {
    return logText`OSS requested no query: a proxy added ${quotedUrl(received)}`;
  }
  return sorted(received) === sorted(signed)
    ? logText`${start}: a proxy reordered it to ${quotedUrl(received)}`
    : logText`${start}: a proxy rewrote it as ${quotedUrl(received)}`;
}

function sorted(query: string): string {
  return query.slice(1).split('&').toSorted().join('&');
}
