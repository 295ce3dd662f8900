import { OssCallbackError } from '../../common/errors.js';
import { quoted } from '../../common/log-text.js';
import { type PublicKey, readPublicKey } from './public-key.js';

const MAX_KEY_BYTES = 8_192;

export interface KeyFetchOptions {
  /** How long it may take, body included. */
  timeoutMs: number;
  /** For tests. Default: that of Node. */
  fetch?: typeof fetch;
}

/**
 * Gets a public key over the network: no redirects, limited in time and size.
 * @param url of a host that is trusted; nothing here judges it
 * @throws OssCallbackError `KEY_UNAVAILABLE`
 */
export async function fetchPublicKey(
  url: string,
  { timeoutMs, fetch: send = fetch }: KeyFetchOptions,
): Promise<PublicKey> {
  try {
    const response = await send(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return readPublicKey(await readLimited(response));
  } catch (cause) {
    throw keyUnavailable(`${quoted(url)}: ${describe(cause)}`, cause);
  }
}

/** The one refusal for a key that may be trusted and is not there. */
export function keyUnavailable(hint: string, cause?: unknown): OssCallbackError {
  return new OssCallbackError('KEY_UNAVAILABLE', 'The public key cannot be had now.', {
    hint,
    cause,
  });
}

/** fetch hides what happened in the cause of its error. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_KEY_BYTES) throw new Error(`more than ${MAX_KEY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
