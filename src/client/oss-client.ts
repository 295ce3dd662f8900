import { OssCallbackError } from '../oss-callback.errors.js';
import type { ResolvedBucket } from '../oss-callback.options.js';
import { signRequestV4 } from '../protocol/signature-v4.js';
import { objectUrl } from './object-address.js';

/** The metadata header by which an object names the upload that it came from. */
export const UPLOAD_ID_HEADER = 'x-oss-meta-upload-id';

export interface ObjectRequest {
  method: 'HEAD' | 'PUT';
  bucket: ResolvedBucket;
  object: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  signal?: AbortSignal;
}

/**
 * Sends one V4-signed request about an object. Redirects are not followed: a signature holds for one host.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where no answer came
 */
export async function requestObject(request: ObjectRequest): Promise<Response> {
  const { method, bucket, object, headers = {}, body, signal } = request;
  const url = objectUrl(bucket, object, bucket.internalEndpoint);
  const signed = signRequestV4(
    { method, bucket: bucket.bucket, object, query: {}, headers },
    { credentials: bucket.credentials, region: bucket.region, signedAt: new Date() },
  );
  try {
    return await fetch(url, {
      method,
      headers: { ...headers, ...signed },
      // fetch's types want a body that owns a plain ArrayBuffer; at run time any bytes will do
      body: body as Uint8Array<ArrayBuffer> | undefined,
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw new OssCallbackError('OSS_UNAVAILABLE', 'OSS did not answer.', {
      hint: `${method} ${new URL(url).host}: ${reasonOf(error)}`,
      cause: error,
    });
  }
}

/** fetch hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
