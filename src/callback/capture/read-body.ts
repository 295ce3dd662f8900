import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Readable } from 'node:stream';
import { OssCallbackError } from '../../common/errors.js';
import { LimitedBytes } from '../../common/limited-bytes.js';
import { logText } from '../../common/log-text.js';
import type { ArrivingBody } from './arriving-bodies.js';

/** OSS sends a body in one chunk, a proxy in a few. Each chunk costs the same work, however small it is. */
const MAX_PIECES = 1_000;

/**
 * Reads a body to its end, byte for byte.
 * @param arrive called when reading begins, with what ends it early
 * @throws OssCallbackError `BODY_TOO_LARGE`, as soon as it is known; `MALFORMED_REQUEST` if the connection breaks, or
 *   the body arrives in more than 1,000 chunks; or the error that ends it early
 */
export function readBody(
  request: IncomingMessage,
  stream: Readable,
  maxBytes: number,
  arrive: (giveUp: (reason: OssCallbackError) => void) => ArrivingBody,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.reject(tooLarge(maxBytes));
  }
  return new Promise((resolve, reject) => {
    const body = new LimitedBytes(maxBytes);
    let pieces = 0;
    const settle = (finish: () => void) => {
      stream.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
      arriving.leave();
      finish();
    };
    const fail = (error: OssCallbackError) => settle(() => reject(error));
    const onData = (chunk: Buffer) => {
      pieces += 1;
      const isWithin = body.add(chunk);
      if (isWithin && pieces <= MAX_PIECES) {
        arriving.grow(chunk.byteLength);
        return;
      }
      stream.pause();
      fail(isWithin ? tooManyPieces() : tooLarge(maxBytes));
    };
    const onEnd = () => settle(() => resolve(body.bytes));
    const onBreak = () =>
      fail(
        new OssCallbackError(
          'MALFORMED_REQUEST',
          'The request ended before its body was complete.',
        ),
      );
    const arriving = arrive(fail);
    stream.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

/**
 * The bytes of a body that was read before the request arrived here; serverless platforms read bodies and keep the bytes.
 * @throws OssCallbackError `BODY_NOT_CAPTURED` if they were not kept; `BODY_TOO_LARGE`
 */
export function bodyReadBefore(
  { rawBody }: IncomingMessage & { rawBody?: unknown },
  maxBytes: number,
): Buffer {
  if (!(rawBody instanceof Uint8Array)) {
    throw new OssCallbackError('BODY_NOT_CAPTURED', 'The callback could not be read.', {
      hint: logText`a parser in front of this app read the body and did not keep its bytes; mount it behind the app, or have it keep them: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes } })`,
    });
  }
  if (rawBody.byteLength > maxBytes) throw tooLarge(maxBytes);
  return Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength);
}

/**
 * Drains a body without keeping it, so that a sender that reads only after writing everything gets its answer. Ends with
 * the body, the connection, the limit or the time, whichever comes first.
 */
export function discardBody(
  request: IncomingMessage,
  maxBytes: number,
  withinMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = () => {
      clearTimeout(timer);
      request.off('data', onData).off('end', settle).off('error', settle).off('close', settle);
      resolve();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) return;
      request.pause();
      settle();
    };
    const timer = setTimeout(settle, withinMs);
    if (request.readableEnded || request.destroyed) {
      settle();
      return;
    }
    request.on('data', onData).on('end', settle).on('error', settle).on('close', settle);
  });
}

/**
 * Unread bytes of the body may still be arriving, so the connection is closed after the answer; over HTTP/2, which has
 * several streams on a connection, only the stream is.
 */
export function endWithAnswer(response: ServerResponse | Http2ServerResponse): void {
  if ('stream' in response) response.stream.once('finish', () => response.stream.close());
  else response.shouldKeepAlive = false;
}

function tooManyPieces(): OssCallbackError {
  return new OssCallbackError(
    'MALFORMED_REQUEST',
    `The body arrived in more than ${MAX_PIECES} chunks.`,
  );
}

function tooLarge(maxBytes: number): OssCallbackError {
  return new OssCallbackError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`, {
    hint: logText`the option "maxBodyBytes" sets the limit`,
  });
}
