import { reasonOf } from '../../../common/error-text.js';
import { sendHttp } from '../../../oss-client/http-client.js';
import type { HttpAnswer, TimeLimits } from '../../../oss-client/http-exchange.js';
import { objectUrl } from '../../../oss-client/object-address.js';
import {
  failureReason,
  type ObjectRequest,
  requestObject,
} from '../../../oss-client/oss-client.js';
import {
  type OssErrorBody,
  readErrorHeader,
  readOssError,
} from '../../../oss-client/oss-response.js';
import type { ResolvedBucket } from '../../../options/resolved.js';

export interface OssAnswer extends HttpAnswer {
  ok: true;
  /** OSS's error, which a response to HEAD has in a header. */
  error: OssErrorBody | undefined;
}

export type OssResult = OssAnswer | { ok: false; reason: string };

/** Sends one signed request, limited in time and size. Does not throw. */
export async function askOss(
  request: Omit<ObjectRequest, keyof TimeLimits>,
  timeoutMs: number,
): Promise<OssResult> {
  try {
    const endsAtMs = performance.now() + timeoutMs;
    return toResult(await requestObject({ ...request, endsAtMs }));
  } catch (error) {
    return { ok: false, reason: failureReason(error) };
  }
}

/** Sends the preflight request that precedes a page's request to the bucket. Needs no credentials. */
export async function askPreflight(
  bucket: ResolvedBucket,
  { origin, method, headers }: { origin: string; method: string; headers: readonly string[] },
  timeoutMs: number,
): Promise<OssResult> {
  try {
    const answer = await sendHttp({
      method: 'OPTIONS',
      url: objectUrl(bucket, 'oss-callback-doctor'),
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': headers.join(', '),
      },
      endsAtMs: performance.now() + timeoutMs,
    });
    return toResult(answer);
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

function toResult(answer: HttpAnswer): OssAnswer {
  return {
    ok: true,
    ...answer,
    error: readOssError(answer.text) ?? readErrorHeader(answer.headers),
  };
}
