import { quoted } from '../../common/log-text.js';
import type { SignatureCause } from './signature-failure.js';

const REMEDY =
  'Have the proxy pass the query on as it comes (nginx: "proxy_pass" without a URI, or $is_args$args behind a rewritten path); publicPath concerns the path alone';

/** Why a query (with its `?`) is another than the one that OSS signed; `undefined` where it is the same. */
export function findQueryCause(received: string, signed: string): SignatureCause | undefined {
  if (received === signed) return undefined;
  const start = `OSS requested the query ${quoted(signed)}`;
  if (received === '' || received === '?') {
    return {
      code: 'query-lost',
      explanation: `${start}: a proxy dropped it`,
      remedy: REMEDY,
    };
  }
  if (signed === '' || signed === '?') {
    return {
      code: 'query-added',
      explanation: `OSS requested no query: a proxy added ${quoted(received)}`,
      remedy: REMEDY,
    };
  }
  const isReordered = sorted(received) === sorted(signed);
  return {
    code: isReordered ? 'query-reordered' : 'query-rewritten',
    explanation: `${start}: a proxy ${isReordered ? 'reordered it to' : 'wrote it again as'} ${quoted(received)}`,
    remedy: REMEDY,
  };
}

function sorted(query: string): string {
  return query.slice(1).split('&').toSorted().join('&');
}
