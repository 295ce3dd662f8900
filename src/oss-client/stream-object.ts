import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ResolvedBucket } from '../options/resolved.js';
import { noAnswer, type ObjectRequest, signObjectRequest } from './oss-client.js';

/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 60_000;
/** An app's answer to its callback has at most 1 MB, OSS's own documents far less. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** Statuses that `Response` wants to have no body. */
const NO_CONTENT = 204;

export interface StreamRequest extends Omit<ObjectRequest, 'body'> {
  /** Asked for a piece only when the one before is on its way: a source may use one buffer for all of them. */
  body: AsyncIterable<Uint8Array>;
  /** Sent as Content-Length; without it the body goes in chunks. The source must hold to it. */
  sizeBytes?: number;
  /** Connections to use again, see {@link keepConnections}. Default: one connection for this request alone. */
  connections?: HttpAgent;
}

/** Connections that requests of one upload share; `destroy()` them at its end. */
export function keepConnections(bucket: ResolvedBucket, maxSockets: number): HttpAgent {
  const options = { keepAlive: true, maxSockets };
  return bucket.internalEndpoint.startsWith('https:')
    ? new HttpsAgent(options)
    : new HttpAgent(options);
}

/**
 * Sends one V4-signed request with a body that need not be in memory. Not by fetch, which copies bodies of bytes and
 * knows no length of others.
 *
 * Where the body's source throws, the request is broken off, so that OSS stores nothing, and that error is thrown.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where no answer came
 */
export async function streamObject(request: StreamRequest): Promise<Response> {
  const { method, body, sizeBytes, connections, signal } = request;
  const { url, headers } = await signObjectRequest(request);
  const framing =
    sizeBytes === undefined
      ? { 'transfer-encoding': 'chunked' }
      : { 'content-length': String(sizeBytes) };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const outgoing = send(url, {
    method,
    headers: { ...headers, ...framing },
    agent: connections ?? false,
    signal,
  });
  outgoing.setTimeout(IDLE_TIMEOUT_MS, () => {
    outgoing.destroy(new Error(`nothing moved for ${IDLE_TIMEOUT_MS / 1000} seconds`));
  });
  const arrival = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
  });
  arrival.catch(() => undefined); // whoever waits for it below hears of it
  try {
    await sendBody(outgoing, body);
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  try {
    const incoming = await arrival;
    const answer = await readAnswer(incoming);
    // Answered before everything was sent: the connection is of no further use.
    if (!outgoing.writableFinished) outgoing.destroy();
    return new Response(incoming.statusCode === NO_CONTENT ? null : answer, {
      status: incoming.statusCode,
      headers: Object.entries(incoming.headersDistinct).map(
        ([name, values = []]) => [name, values.join(', ')] as [string, string],
      ),
    });
  } catch (error) {
    outgoing.destroy();
    throw noAnswer(method, url, error);
  }
}

/** Ends without an error where the request is over before its body: an answer came, or the connection broke. */
async function sendBody(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  const state = { isOver: false };
  let wake: () => void = () => undefined;
  const stop = () => {
    state.isOver = true;
    wake();
  };
  outgoing.once('response', stop).once('error', stop).once('close', stop);
  /** Waits for a step, or for the request's end; a source that never gives its next piece must hold up nobody. */
  const step = <T>(doing: Promise<T>) =>
    new Promise<T | undefined>((resolve, reject) => {
      wake = () => resolve(undefined);
      doing.then(resolve, reject);
    });
  const source = body[Symbol.asyncIterator]();
  while (!state.isOver) {
    const next = await step(source.next());
    if (next === undefined) break;
    if (next.done) {
      outgoing.end();
      return;
    }
    const chunk = next.value;
    if (chunk.byteLength > 0) {
      await step(new Promise<void>((resolve) => outgoing.write(chunk, () => resolve())));
    }
  }
  source.return?.()?.catch(() => undefined);
}

async function readAnswer(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming) {
    const bytes = chunk as Uint8Array;
    chunks.push(bytes);
    sizeBytes += bytes.byteLength;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
  }
  return new Uint8Array(Buffer.concat(chunks));
}
