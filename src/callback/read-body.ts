import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { OssCallbackError } from '../oss-callback.errors.js';

/**
 * Reads a body to its end, byte for byte.
 * @throws OssCallbackError `BODY_TOO_LARGE`, as soon as it is known; `MALFORMED_REQUEST` where the connection breaks;
 *   whatever the signal was aborted with
 */
export function readBody(
  request: IncomingMessage,
  stream: Readable,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (finish: () => void) => {
      stream.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes > maxBytes) {
        stream.pause();
        fail(tooLarge(maxBytes));
      }
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const onBreak = () =>
      fail(new OssCallbackError('MALFORMED_REQUEST', 'The request ended before its body.'));
    const onAbort = () => fail(signal.reason);

    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes));
      return;
    }
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', onAbort);
    stream.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

function tooLarge(maxBytes: number): OssCallbackError {
  return new OssCallbackError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`, {
    hint: 'the option "maxBodyBytes" sets the limit',
  });
}
