import type { ClientRequest } from 'node:http';

/**
 * Sends a body piece by piece, each after the previous one was written. Ends without an error if the request ends before
 * its body: because of an early answer, or a broken connection.
 * @throws errors of the source
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
  /** Waits for a step or for the request's end, since a source may never yield its next piece. */
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
