import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  ConnectionEndedError,
  exchange,
  type HttpAnswer,
  type HttpRequest,
} from './http-exchange.js';

/** Idle connections are closed after this time, before servers usually close them. */
const KEPT_IDLE_MS = 4_000;

const agents = {
  kept: {
    http: new HttpAgent({ keepAlive: true, timeout: KEPT_IDLE_MS }),
    https: new HttpsAgent({ keepAlive: true, timeout: KEPT_IDLE_MS }),
  },
  own: { http: new HttpAgent(), https: new HttpsAgent() },
};

/** Requests with these methods can safely be sent twice. */
const REPEATABLE_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS'];

export interface HttpClientRequest extends HttpRequest {
  /** Whether the request can safely be sent twice. Default: according to its method. */
  isRepeatable?: boolean;
}

/**
 * The HTTP client of this package, based on Node's own: `fetch` takes four times the work for a small request, copies
 * bodies of bytes, and cannot send a Content-Length for streams.
 *
 * Redirects are not followed, since a signature is valid for one host only. Only repeatable requests use kept-alive
 * connections: one may turn out to be closed, and then the request is sent again. Others use a new connection.
 * @throws NoAnswerError if there was no complete answer; errors of the source of a streamed body
 */
export async function sendHttp({
  isRepeatable,
  ...request
}: HttpClientRequest): Promise<HttpAnswer> {
  const scheme = request.url.startsWith('https:') ? 'https' : 'http';
  if (!(isRepeatable ?? REPEATABLE_METHODS.includes(request.method))) {
    return exchange(request, agents.own[scheme]);
  }
  try {
    return await exchange(request, agents.kept[scheme]);
  } catch (error) {
    const isStreamed = request.body !== undefined && !(request.body instanceof Uint8Array);
    if (isStreamed || !(error instanceof ConnectionEndedError)) throw error;
    return exchange(request, agents.own[scheme]);
  }
}
