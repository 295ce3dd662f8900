import type { ClientRequest } from 'node:http';

/**
 * Sends a body piece by piece, each when the one before has left. Ends without an error where the request is over before
 * its body: an answer came, or the connection broke.
 * @throws what the source throws
 */
export async function streamBody(
  outgoing: ClientRequest,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const state = { isOver: false };
  let wake: () => void = () => undefined;
  const stop = () => {
    state.isOver = true;
    wake();
  };
  outgoing.once('response', stop).once('error', stop).once('close', stop);
  /** Waits for a step or for the request's end, so that a source that never gives its next piece holds up nothing. */
  const step = <T>(doing: Promise<T>) =>
    new Promise<T | undefined>((resolve, reject) => {
      wake = () => resolve(undefined);
      doing.then(resolve, reject);
    });
  const source = body[Symbol.asyncIterator]();
  while (!state.isOver && !outgoing.destroyed) {
    const next = await step(source.next());
    if (next === undefined) break;
    if (next.done) {
      outgoing.end();
      return;
    }
    const piece = next.value;
    if (piece.byteLength > 0) {
      await step(new Promise<void>((resolve) => outgoing.write(piece, () => resolve())));
    }
  }
  source.return?.()?.catch(() => undefined);
}
