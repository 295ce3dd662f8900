import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { OssUploadWatch } from '../../records/feed/upload-watch.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { toEventStream } from './event-stream.js';

const LONG = { heartbeatMs: 60_000, lifetimeMs: 60_000 };

function makeWatch() {
  let isClosed = false;
  const watch = new OssUploadWatch({}, () => {
    isClosed = true;
  });
  return { watch, isClosed: () => isClosed };
}

describe('a stream of server-sent events', () => {
  it('has one event for each that is watched, on one line', async () => {
    const { watch } = makeWatch();
    const stream = toEventStream(watch, LONG);
    watch.signal('ready');
    watch.offer(Object.assign(new OssUpload(), { id: '1', object: 'two\nlines' }));
    let told = '';
    for await (const chunk of stream) {
      told += String(chunk);
      if (told.includes('upload')) break;
    }
    expect(told).toBe(
      'retry: 3000\n\nevent: ready\ndata: {}\n\nevent: upload\ndata: {"id":"1","object":"two\\nlines"}\n\n',
    );
  });

  it('shows that it lives where nothing happens', async () => {
    const { watch } = makeWatch();
    let told = '';
    for await (const chunk of toEventStream(watch, { heartbeatMs: 1, lifetimeMs: 60_000 })) {
      told += String(chunk);
      if (told.split(': nothing new\n\n').length > 2) break;
    }
    expect(told).toMatch(/^retry: 3000\n\n(: nothing new\n\n)+$/);
  });

  it('ends after its life, so that the guards are asked again', async () => {
    const { watch, isClosed } = makeWatch();
    const stream = toEventStream(watch, { heartbeatMs: 1, lifetimeMs: 5 });
    expect(await text(stream)).toMatch(/^retry: 3000\n\n/);
    if (!stream.closed) await once(stream, 'close');
    expect(isClosed()).toBe(true);
  });

  it('closes the watch at once where the client leaves while nothing happens', async () => {
    const { watch, isClosed } = makeWatch();
    const stream = toEventStream(watch, LONG);
    await once(stream, 'readable');
    stream.destroy();
    await once(stream, 'close');
    expect(isClosed()).toBe(true);
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });
});
