import { nameAndMessageOf, reasonOf } from '../common/error-text.js';
import { OssCallbackError } from '../common/errors.js';
import { logText, unquoted } from '../common/log-text.js';
import type { ResolvedBucket } from '../options/resolved.js';
import { signRequestV4 } from '../protocol/signing/signature-v4.js';
import { type HttpClientRequest, sendHttp } from './http-client.js';
import { type HttpAnswer, NoAnswerError, type TimeLimits, watchLimits } from './http-exchange.js';
import { objectUrl, toQueryString } from './object-address.js';

/** The metadata header that names the upload from which an object comes. */
export const UPLOAD_ID_HEADER = 'x-oss-meta-upload-id';

export interface ObjectRequest extends Pick<
  HttpClientRequest,
  'body' | 'sizeBytes' | 'isRepeatable' | 'endsAtMs' | 'signal'
> {
  method: 'DELETE' | 'GET' | 'HEAD' | 'POST' | 'PUT';
  bucket: ResolvedBucket;
  object: string;
  /** Names and values not encoded. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
}

/**
 * Sends one V4-signed request about an object, by {@link sendHttp}.
 * @throws OssCallbackError `OSS_UNAVAILABLE` without an answer, or without credentials in time; errors of the
 *   source of a streamed body
 */
export async function requestObject(request: ObjectRequest): Promise<HttpAnswer> {
  const { method, body, sizeBytes, isRepeatable, endsAtMs, signal } = request;
  const { url, headers } = await signInTime(request);
  try {
    return await sendHttp({
      method,
      url,
      headers,
      body,
      sizeBytes,
      isRepeatable,
      endsAtMs,
      signal,
    });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new OssCallbackError('OSS_UNAVAILABLE', 'OSS did not respond.', {
      hint: logText`${unquoted(method)} ${unquoted(new URL(url).host)}: ${unquoted(error.message)}`,
      cause: error,
    });
  }
}

/** Why {@link requestObject} failed, for a log or a report. */
export function failureReason(error: unknown): string {
  return (error instanceof OssCallbackError && error.hint) || nameAndMessageOf(error);
}

type SignableRequest = Pick<ObjectRequest, 'method' | 'bucket' | 'object' | 'query' | 'headers'>;

/**
 * The object's URL for the app itself, and the request's headers with the signature.
 * @throws OssCallbackError if there are no credentials
 */
async function signObjectRequest({
  method,
  bucket,
  object,
  query = {},
  headers = {},
}: SignableRequest): Promise<{ url: string; headers: Record<string, string> }> {
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
 * As {@link signObjectRequest}, but the app's provider of credentials is not awaited beyond the limits of the request.
 * @throws OssCallbackError `OSS_UNAVAILABLE` if there are no credentials by then
 */
function signInTime({
  signal,
  endsAtMs,
  ...request
}: SignableRequest & TimeLimits): ReturnType<typeof signObjectRequest> {
  const signing = signObjectRequest(request);
  if (!signal && endsAtMs === undefined) return signing;
  return new Promise((resolve, reject) => {
    const giveUp = (reason?: Error) =>
      reject(
        new OssCallbackError('OSS_UNAVAILABLE', 'Credentials for OSS are currently unavailable.', {
          hint: logText`the credentials did not come in time${unquoted(reason ? `: ${reasonOf(reason)}` : '')}`,
        }),
      );
    const release = watchLimits({ signal, endsAtMs }, giveUp);
    signing.then(resolve, reject).finally(release);
  });
}
