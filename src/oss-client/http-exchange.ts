import { type Agent, type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { reasonOf } from '../common/error-text.js';
import { LimitedBytes } from '../common/limited-bytes.js';
import { streamBody } from './stream-body.js';

/** A connection on which nothing moves for so long is given up. */
const STALLED_MS = 60_000;
/** An app's answer to its callback has at most 1 MB, OSS's own documents far less. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export interface HttpRequest {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** A stream is asked for a piece only when the one before is on its way: it may use one buffer for all of them. */
  body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Of a stream, which must hold to it; without it the stream goes out in chunks. */
  sizeBytes?: number;
  /** Default: 2 MiB. */
  maxAnswerBytes?: number;
  /** Ends the request. */
  signal?: AbortSignal;
}

export interface HttpAnswerHead {
  status: number;
  /** By name in lower case, as Node joins those that came twice. */
  headers: Readonly<Record<string, string | undefined>>;
}

export interface HttpAnswer extends HttpAnswerHead {
  text: string;
}

/** No answer came, or not the whole of it; the message says why, for a log. */
export class NoAnswerError extends Error {
  /** Of Node, for example `ECONNRESET` or `HPE_HEADER_OVERFLOW`. */
  readonly code: unknown;

  /** @param head what came of the answer before it broke off */
  constructor(
    cause: unknown,
    readonly head?: HttpAnswerHead,
  ) {
    super(reasonOf(cause), { cause });
    this.name = 'NoAnswerError';
    this.code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  }
}

/** The other side ended a kept connection before, or at the moment at which, it was used again. */
export class ConnectionEndedError extends NoAnswerError {}

/** Of a reset, and of a reset that came after the end. */
const ENDED_CODES: unknown[] = ['ECONNRESET', 'EPIPE'];

/**
 * One request and its answer, over one connection of an agent.
 * @throws NoAnswerError; what the body's source throws: the request is broken off then, before it is whole
 */
export async function exchange(request: HttpRequest, agent: Agent): Promise<HttpAnswer> {
  const { body } = request;
  const outgoing = open(request, agent);
  const answer = receive(outgoing, request);
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return answer;
  }
  answer.catch(() => undefined); // it is waited for once the body has left
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
        ? {} // Node does it
        : { 'transfer-encoding': 'chunked' };
  return request(url, {
    method,
    agent,
    timeout: STALLED_MS,
    // OSS compresses for those who take it, and then says nothing of an object's size and ETag.
    headers: { 'accept-encoding': 'identity', ...headers, ...framing },
  });
}

function receive(
  outgoing: ClientRequest,
  { maxAnswerBytes = MAX_ANSWER_BYTES, signal }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let head: HttpAnswerHead | undefined;
    const fail = (cause: Error & { code?: unknown }) => {
      const isEnded = outgoing.reusedSocket && !head && ENDED_CODES.includes(cause.code);
      reject(isEnded ? new ConnectionEndedError(cause) : new NoAnswerError(cause, head));
    };
    const giveUp = (cause: Error) => {
      fail(cause);
      // Without the error: where the answer has just come, Node has let go of the connection, and nothing would hear it.
      outgoing.destroy();
    };
    const onAbort = () => giveUp(signal?.reason as Error);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.on('error', (error) => fail(alone(error)));
    outgoing.once('timeout', () => {
      giveUp(new Error(`nothing moved for ${STALLED_MS / 1_000} seconds`));
    });
    outgoing.once('close', () => {
      signal?.removeEventListener('abort', onAbort);
      if (!head) fail(new Error('the connection was closed without an answer'));
    });
    outgoing.once('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      const headers = incoming.headers as HttpAnswerHead['headers']; // Set-Cookie apart, a list
      head = { status, headers };
      const body = new LimitedBytes(maxAnswerBytes);
      incoming.on('data', (piece: Buffer) => {
        if (body.add(piece)) return;
        giveUp(new Error(`the answer has more than ${maxAnswerBytes} bytes`));
      });
      incoming.on('error', (error) => fail(alone(error)));
      incoming.once('end', () => {
        // Answered before everything was sent: the connection is of no further use.
        if (!outgoing.writableFinished) outgoing.destroy();
        resolve({ status, headers, text: decoder.decode(body.bytes) });
      });
    });
  });
}

/**
 * The error by itself. Node may attach the socket to one (`domainEmitter`, where a library of the app loads
 * `node:domain`), whose pending bytes hold the request's signature and security token.
 */
function alone(error: Error & { code?: unknown }): Error {
  const { name, stack, code } = error;
  return Object.assign(new Error(error.message || String(code)), { name, stack, code });
}

const decoder = new TextDecoder();
