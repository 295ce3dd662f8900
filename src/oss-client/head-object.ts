import { Agent as HttpAgent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { noAnswer, type ObjectRequest, signInTime } from './oss-client.js';

export interface HeadAnswer {
  status: number;
  headers: IncomingHttpHeaders;
}

/** Longer than that no connection is kept without a request on it: the other side may close it at any moment. */
const IDLE_MS = 4_000;

const http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS });
const https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS });

/**
 * Asks for an object with HEAD, V4-signed, over connections that are kept. Each callback waits for one of these, and
 * `fetch` takes four times the work for it. Redirects are not followed: a signature holds for one host.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where no answer came, or no credentials before the signal
 */
export async function headObject(
  request: Omit<ObjectRequest, 'method' | 'body'>,
): Promise<HeadAnswer> {
  const { url, headers } = await signInTime({ ...request, method: 'HEAD' });
  const target = new URL(url);
  const ask = (keeps: boolean) => send(target, { headers, keeps, signal: request.signal });
  try {
    return await ask(true).catch((error: unknown) => {
      if (error instanceof ClosedWhileIdle) return ask(false);
      throw error;
    });
  } catch (error) {
    throw noAnswer('HEAD', url, error);
  }
}

/** The other side closed a kept connection at the moment at which it was used again. */
class ClosedWhileIdle extends Error {}

/** Of a reset, and of a reset that came after the end. */
const CLOSED_CODES: unknown[] = ['ECONNRESET', 'EPIPE'];

interface HeadToSend {
  headers: Record<string, string>;
  /** Whether the connection may be one that was used before, and is kept. */
  keeps: boolean;
  signal: AbortSignal | undefined;
}

function send(url: URL, { headers, keeps, signal }: HeadToSend): Promise<HeadAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method: 'HEAD', headers };
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: keeps && https })
        : requestHttp(url, { ...options, agent: keeps && http });
    const onAbort = () => void request.destroy(signal?.reason as Error);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    request.once('close', () => {
      signal?.removeEventListener('abort', onAbort);
      reject(new Error('the connection was closed without an answer'));
    });
    request.once('response', (response) => {
      // At its end, which comes at once, the connection is free for the next one.
      response.resume().once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = CLOSED_CODES.includes(error.code);
      const wasIdle = request.reusedSocket && isClosed && !signal?.aborted;
      reject(wasIdle ? new ClosedWhileIdle(error.message, { cause: error }) : error);
    });
    request.end();
  });
}
