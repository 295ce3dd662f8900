import { Readable } from 'node:stream';
import type { OssUploadWatch } from '../../records/feed/upload-watch.js';

export interface EventStreamTimes {
  /** How long nothing may happen before a comment shows proxies that the connection lives, in milliseconds. */
  heartbeatMs: number;
  /** After which time the client must connect again, and so pass the guards again, in milliseconds. */
  lifetimeMs: number;
}

const DEFAULT_TIMES: EventStreamTimes = { heartbeatMs: 15_000, lifetimeMs: 900_000 };

/**
 * A watch as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `ready`, `missed`, and
 * `upload` with the record as JSON. It reads the watch as fast as the client takes it, and closes it with the connection.
 */
export function toEventStream(
  watch: OssUploadWatch,
  times: EventStreamTimes = DEFAULT_TIMES,
): Readable {
  const stream = Readable.from(eventTexts(watch, times), { objectMode: false });
  // A generator that waits cannot be ended from outside; the watch can, and then nothing is waited for.
  return stream.once('close', () => watch.close());
}

async function* eventTexts(
  watch: OssUploadWatch,
  { heartbeatMs, lifetimeMs }: EventStreamTimes,
): AsyncGenerator<string> {
  const end = Date.now() + lifetimeMs;
  yield 'retry: 3000\n\n';
  let next = watch.next();
  while (Date.now() < end) {
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
