import { messageOf } from '../../common/error-text.js';
import { OssCallbackError } from '../../common/errors.js';
import { logText, type LogText, quoted, unquoted } from '../../common/log-text.js';
import { sendHttp } from '../../oss-client/http-client.js';
import { type PublicKey, readPublicKey } from './public-key.js';

const MAX_KEY_BYTES = 8_192;

export interface KeyFetchOptions {
  /** The time limit, body included. */
  timeoutMs: number;
  /** For tests. */
  send?: typeof sendHttp;
}

/**
 * Fetches a public key: no redirects, limited in time and size.
 * @param url of a host that the caller trusts
 * @throws OssCallbackError `KEY_UNAVAILABLE`
 */
export async function fetchPublicKey(
  url: string,
  { timeoutMs, send = sendHttp }: KeyFetchOptions,
): Promise<PublicKey> {
  try {
    const { status, text } = await send({
      method: 'GET',
      url,
      maxAnswerBytes: MAX_KEY_BYTES,
      isRepeatable: false, // a failure is followed by a pause
      endsAtMs: performance.now() + timeoutMs,
    });
    if (status !== 200) throw new Error(`status ${status}`);
    return readPublicKey(text);
  } catch (cause) {
    throw keyUnavailable(logText`${quoted(url)}: ${unquoted(messageOf(cause))}`, cause);
  }
}

/** The error for a key that may be trusted but is not available. */
export function keyUnavailable(hint: LogText, cause?: unknown): OssCallbackError {
  return new OssCallbackError('KEY_UNAVAILABLE', 'The public key is currently unavailable.', {
    hint,
    cause,
  });
}
