import { type Agent, type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { reasonOf } from '../common/error-text.js';
import { LimitedBytes } from '../common/limited-bytes.js';
import { streamBody } from './stream-body.js';

/** Time without any traffic after which a request fails. */
const STALLED_MS = 60_000;
/** An app's answer to its callback has at most 1 MB, OSS's own documents much less. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** What ends a request early. */
export interface TimeLimits {
  /**
   * When the request is given up, answered or not, on the clock of `performance.now()`. `AbortSignal.timeout()` would take
   * as much time as a quarter of a small request.
   */
  endsAtMs?: number;
  signal?: AbortSignal;
}

export interface HttpRequest extends TimeLimits {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** The next piece of a stream is requested after the previous one was written, so they may share a buffer. */
  body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Exact size of a stream; without it the stream is sent in chunks. */
  sizeBytes?: number;
  /** Default: 2 MiB. */
  maxAnswerBytes?: number;
}

export interface HttpAnswerHead {
  status: number;
  /** By lower-case name; repeated headers are joined as Node does. */
  headers: Readonly<Record<string, string | undefined>>;
}

export interface HttpAnswer extends HttpAnswerHead {
  text: string;
}

/** There was no complete answer; the message says why, for a log. */
export class NoAnswerError extends Error {
  /** Of Node, for example `ECONNRESET` or `HPE_HEADER_OVERFLOW`. */
  readonly code: unknown;

  /** @param head status and headers, if they arrived */
  constructor(
    cause: unknown,
    readonly head?: HttpAnswerHead,
  ) {
    super(reasonOf(cause), { cause });
    this.name = 'NoAnswerError';
    this.code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  }
}

/** A kept-alive connection was closed before or while it was used again. */
export class ConnectionEndedError extends NoAnswerError {}

/** Reset, or reset after the other side had closed it. */
const ENDED_CODES: unknown[] = ['ECONNRESET', 'EPIPE'];

/**
 * Sends one request over a connection of the agent, and reads the answer.
 * @throws NoAnswerError; errors of the body's source, which abort the request
 */
export async function exchange(request: HttpRequest, agent: Agent): Promise<HttpAnswer> {
  const { body, endsAtMs = Infinity } = request;
  if (endsAtMs <= performance.now()) throw new NoAnswerError(new Error('no time was left for it'));
  const outgoing = open(request, agent);
  const answer = receive(outgoing, request);
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return answer;
  }
  answer.catch(() => undefined); // awaited after the body was sent
  try {
    await streamBody(outgoing, body);
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  return answer;
}

function open({ url, method, headers, body, sizeBytes }: HttpRequest, agent: Agent): ClientRequest {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const framing =
    sizeBytes !== undefined
      ? { 'content-length': String(sizeBytes) }
      : body === undefined || body instanceof Uint8Array
        ? {} // Node sets it
        : { 'transfer-encoding': 'chunked' };
  return request(url, {
    method,
    agent,
    timeout: STALLED_MS,
    // With compression OSS would omit an object's size and ETag.
    headers: { 'accept-encoding': 'identity', ...headers, ...framing },
  });
}

function receive(
  outgoing: ClientRequest,
  { maxAnswerBytes = MAX_ANSWER_BYTES, endsAtMs, signal }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let head: HttpAnswerHead | undefined;
    const fail = (cause: Error & { code?: unknown }) => {
      const isEnded = outgoing.reusedSocket && !head && ENDED_CODES.includes(cause.code);
      reject(isEnded ? new ConnectionEndedError(cause) : new NoAnswerError(cause, head));
    };
    const giveUp = (cause = new Error('no complete response in time')) => {
      fail(cause);
      // Without the error: if the answer has just ended, Node has released the connection, and the error would be unhandled.
      outgoing.destroy();
    };
    const release = watchLimits({ endsAtMs, signal }, giveUp);
    outgoing.on('error', (error) => fail(alone(error)));
    outgoing.once('timeout', () => {
      giveUp(new Error(`no data was transferred for ${STALLED_MS / 1_000} seconds`));
    });
    outgoing.once('close', () => {
      release();
      if (!head) fail(new Error('the connection was closed without a response'));
    });
    outgoing.once('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      const headers = incoming.headers as HttpAnswerHead['headers']; // Set-Cookie apart, a list
      head = { status, headers };
      const body = new LimitedBytes(maxAnswerBytes);
      incoming.on('data', (piece: Buffer) => {
        if (body.add(piece)) return;
        giveUp(new Error(`the response has more than ${maxAnswerBytes} bytes`));
      });
      incoming.on('error', (error) => fail(alone(error)));
      incoming.once('end', () => {
        // Answered before everything was sent: the connection cannot be used again.
        if (!outgoing.writableFinished) outgoing.destroy();
        resolve({ status, headers, text: decoder.decode(body.bytes) });
      });
    });
  });
}

/**
 * Calls `giveUp` once, when the first limit is reached; during this call if the signal is aborted already.
 * @param giveUp called with the signal's reason, or without one when time is up
 * @returns what ends the watching
 */
export function watchLimits(
  { endsAtMs, signal }: TimeLimits,
  giveUp: (reason?: Error) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const end = (reason?: Error) => {
    release();
    giveUp(reason);
  };
  const onAbort = () => end(signal?.reason as Error);
  if (signal?.aborted) {
    onAbort();
    return release;
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  if (endsAtMs !== undefined) timer = setTimeout(end, Math.max(0, endsAtMs - performance.now()));
  return release;
}

/**
 * A copy without further properties. Node may attach the socket to an error (`domainEmitter`, if a library of the app
 * loads `node:domain`), whose pending bytes hold the request's signature and security token.
 */
function alone(error: Error & { code?: unknown }): Error {
  const { name, stack, code } = error;
  return Object.assign(new Error(error.message || String(code)), { name, stack, code });
}

const decoder = new TextDecoder();
