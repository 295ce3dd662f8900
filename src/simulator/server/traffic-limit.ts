import { delay } from './delay.js';
import { invalidArgument } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';

/** In bits a second, in a header or in the query. */
const TRAFFIC_LIMIT = 'x-oss-traffic-limit';
const MIN_BITS_PER_SECOND = 245_760;
const MAX_BITS_PER_SECOND = 838_860_800;
/** In how many pieces a second limited content moves. */
const PIECES_PER_SECOND = 10;

/**
 * The content of an upload or a download, no faster than the request allows.
 * @throws OssFailure if OSS has no such limit
 * @see https://help.aliyun.com/en/oss/user-guide/single-connection-bandwidth-throttling-3
 */
export function limitTraffic<Source extends AsyncIterable<Uint8Array>>(
  request: OssRequest,
  source: Source,
  stopping: AbortSignal,
): Source | AsyncGenerator<Uint8Array> {
  const limit = trafficLimitOf(request);
  if (!limit) return source;
  const bitsPerSecond = /^\d{1,9}$/.test(limit) ? Number(limit) : Number.NaN;
  if (bitsPerSecond >= MIN_BITS_PER_SECOND && bitsPerSecond <= MAX_BITS_PER_SECOND) {
    return paced(source, bitsPerSecond / 8, stopping);
  }
  throw invalidArgument(TRAFFIC_LIMIT, limit);
}

export function trafficLimitOf({ headers, query }: OssRequest): string | undefined {
  return headers[TRAFFIC_LIMIT] ?? query[TRAFFIC_LIMIT];
}

async function* paced(
  source: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  stopping: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const pieceBytes = Math.floor(bytesPerSecond / PIECES_PER_SECOND);
  const startedAt = performance.now();
  let movedBytes = 0;
  for await (const chunk of source) {
    for (let start = 0; start < chunk.byteLength; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      yield piece;
      movedBytes += piece.byteLength;
      const aheadMs = (movedBytes / bytesPerSecond) * 1000 - (performance.now() - startedAt);
      if (aheadMs > 0) await delay(aheadMs, stopping);
    }
  }
}
