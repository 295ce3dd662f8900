import type { ServerResponse } from 'node:http';
import { finished, Readable } from 'node:stream';
import type { OssUploadWatch } from '../../records/feed/upload-watch.js';

export interface EventStreamTimes {
  /** After how long without events a comment keeps proxies from closing the connection, in milliseconds. */
  heartbeatMs: number;
  /** After which time the client must connect again, and so pass the guards again, in milliseconds. */
  lifetimeMs: number;
  /** How long a client may take for what it has not read yet when the watch has ended, in milliseconds. */
  graceMs: number;
}

const DEFAULT_TIMES: EventStreamTimes = {
  heartbeatMs: 15_000,
  lifetimeMs: 900_000,
  graceMs: 5_000,
};

/**
 * A watch as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `ready`, `missed`, and
 * `upload` with the record as JSON. It reads the watch as fast as the client takes it.
 * @param response that the stream is sent with: the watch is closed at once when the client leaves, and the connection
 *   of a client that does not read is given up when the watch has ended
 */
export function toEventStream(
  watch: OssUploadWatch,
  response: ServerResponse,
  { heartbeatMs, lifetimeMs, graceMs }: EventStreamTimes = DEFAULT_TIMES,
): Readable {
  let timer = setTimeout(() => watch.close(), lifetimeMs).unref();
  watch.onClose(() => {
    clearTimeout(timer);
    timer = setTimeout(() => response.destroy(), graceMs).unref();
  });
  finished(response, () => {
    watch.close();
    clearTimeout(timer);
  });
  return Readable.from(eventTexts(watch, heartbeatMs), { objectMode: false });
}

async function* eventTexts(watch: OssUploadWatch, heartbeatMs: number): AsyncGenerator<string> {
  yield 'retry: 3000\n\n';
  let next = watch.next();
  for (;;) {
    const result = await within(heartbeatMs, next);
    if (result === undefined) {
      yield ': nothing new\n\n';
      continue;
    }
    if (result.done) return;
    const { type, ...data } = result.value;
    yield `event: ${type}\ndata: ${JSON.stringify('upload' in data ? data.upload : {})}\n\n`;
    next = watch.next();
  }
}

/** @returns undefined where it took longer */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined).unref();
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
