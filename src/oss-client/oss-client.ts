import { OssCallbackError } from '../common/errors.js';
import type { ResolvedBucket } from '../options/resolved.js';
import { signRequestV4 } from '../protocol/signing/signature-v4.js';
import { objectUrl, toQueryString } from './object-address.js';

/** The metadata header by which an object names the upload that it came from. */
export const UPLOAD_ID_HEADER = 'x-oss-meta-upload-id';

export interface ObjectRequest {
  method: 'DELETE' | 'GET' | 'HEAD' | 'POST' | 'PUT';
  bucket: ResolvedBucket;
  object: string;
  /** Names and values not encoded. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  signal?: AbortSignal;
}

/**
 * Sends one V4-signed request about an object. Redirects are not followed: a signature holds for one host.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where no answer came, or no credentials before the signal
 */
export async function requestObject(request: ObjectRequest): Promise<Response> {
  const { method, body, signal } = request;
  const { url, headers } = await signInTime(request);
  try {
    return await fetch(url, {
      method,
      headers,
      // fetch's types want a body that owns a plain ArrayBuffer; at run time any bytes will do
      body: body as Uint8Array<ArrayBuffer> | undefined,
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw noAnswer(method, url, error);
  }
}

/**
 * The address at which the app itself reaches an object, and the request's headers with the signature.
 * @throws OssCallbackError where there are no credentials
 */
export async function signObjectRequest({
  method,
  bucket,
  object,
  query = {},
  headers = {},
}: Omit<ObjectRequest, 'body'>): Promise<{ url: string; headers: Record<string, string> }> {
  const signed = signRequestV4(
    { method, bucket: bucket.bucket, object, query, headers },
    { credentials: await bucket.getCredentials(), region: bucket.region, signedAt: new Date() },
  );
  const search = toQueryString(query);
  return {
    url: `${objectUrl(bucket, object, bucket.internalEndpoint)}${search && `?${search}`}`,
    headers: { ...headers, ...signed },
  };
}

/**
 * As {@link signObjectRequest}. Credentials come from the app, in a time of their own: whoever must be done when the
 * signal comes does not wait for them.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where they did not come before the signal
 */
export function signInTime({
  signal,
  ...request
}: Omit<ObjectRequest, 'body'>): ReturnType<typeof signObjectRequest> {
  const signing = signObjectRequest(request);
  if (!signal) return signing;
  return new Promise((resolve, reject) => {
    const onAbort = () =>
      reject(
        new OssCallbackError('OSS_UNAVAILABLE', 'There are no credentials for OSS now.', {
          hint: `the credentials did not come in time: ${reasonOf(signal.reason)}`,
        }),
      );
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    signing.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The one error for requests without an answer; what was asked and why it failed are for the log. */
export function noAnswer(method: string, url: string, error: unknown): OssCallbackError {
  return new OssCallbackError('OSS_UNAVAILABLE', 'OSS did not answer.', {
    hint: `${method} ${new URL(url).host}: ${reasonOf(error)}`,
    cause: error,
  });
}

/** fetch hides what happened in the cause of its error, Node in a code that the message may not name. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const detail = cause instanceof Error ? cause.message : message.includes(code) ? '' : code;
  return detail === '' ? message : `${message} (${detail})`.trimStart();
}
