import { objectUrl } from '../../../oss-client/object-address.js';
import { requestObject, type ObjectRequest } from '../../../oss-client/oss-client.js';
import { type OssErrorBody, readOssError } from '../../../oss-client/oss-response.js';
import { OssCallbackError } from '../../../common/errors.js';
import type { ResolvedBucket } from '../../../options/resolved.js';
import { MAX_ANSWER_BYTES, reasonOf } from '../check.js';

export interface OssAnswer {
  ok: true;
  status: number;
  headers: Headers;
  /** At most {@link MAX_ANSWER_BYTES}. */
  text: string;
  /** OSS's error, which a response to HEAD has in a header. */
  error: OssErrorBody | undefined;
}

export type OssResult = OssAnswer | { ok: false; reason: string };

/** Sends one signed request, limited in time and size. Does not throw. */
export async function askOss(
  request: Omit<ObjectRequest, 'signal'>,
  timeoutMs: number,
): Promise<OssResult> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await readAnswer(await requestObject({ ...request, signal }));
  } catch (error) {
    const hint = error instanceof OssCallbackError ? error.hint : undefined;
    return { ok: false, reason: hint ?? reasonOf(error) };
  }
}

/** Sends the preflight request that precedes a page's request to the bucket. Needs no credentials. */
export async function askPreflight(
  bucket: ResolvedBucket,
  { origin, method, headers }: { origin: string; method: string; headers: readonly string[] },
  timeoutMs: number,
): Promise<OssResult> {
  try {
    const response = await fetch(objectUrl(bucket, 'oss-callback-doctor'), {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': headers.join(', '),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await readAnswer(response);
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

async function readAnswer(response: Response): Promise<OssAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
  const inHeader = Buffer.from(response.headers.get('x-oss-err') ?? '', 'base64').toString('utf8');
  return {
    ok: true,
    status: response.status,
    headers: response.headers,
    text,
    error: readOssError(text) ?? readOssError(inHeader),
  };
}
