import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { OssUploadWatch } from '../../records/feed/upload-watch.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { type EventStreamTimes, toEventStream } from './event-stream.js';

/** A watch, its stream, and what stands for the response that the stream is sent with. */
function open(times: Partial<EventStreamTimes> = {}, response = new PassThrough()) {
  const watch = new OssUploadWatch({});
  const closed = new Promise<void>((resolve) => watch.onClose(resolve));
  const stream = toEventStream(watch, response as unknown as ServerResponse, {
    heartbeatMs: 60_000,
    lifetimeMs: 60_000,
    graceMs: 60_000,
    ...times,
  });
  return { watch, closed, stream, response };
}

describe('a stream of server-sent events', () => {
  it('has one event for each that is watched, on one line', async () => {
    const { watch, stream } = open();
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
    const { stream } = open({ heartbeatMs: 1 });
    let told = '';
    for await (const chunk of stream) {
      told += String(chunk);
      if (told.split(': nothing new\n\n').length > 2) break;
    }
    expect(told).toMatch(/^retry: 3000\n\n(: nothing new\n\n)+$/);
  });

  it('ends after its life, so that the guards are asked again', async () => {
    const { stream, closed } = open({ lifetimeMs: 5 });
    expect(await text(stream)).toBe('retry: 3000\n\n');
    await closed;
  });

  it('closes the watch at once where the client leaves while nothing happens', async () => {
    const { stream, response, watch, closed } = open();
    stream.pipe(response);
    await once(response, 'data');
    response.destroy();
    await closed;
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('closes the watch where the client has left already', async () => {
    const response = new PassThrough().destroy();
    await once(response, 'close');
    await open({}, response).closed;
  });

  it('gives up the connection of a client that does not read, once the watch has ended', async () => {
    const { stream, response, watch } = open({ graceMs: 5 });
    for (let id = 0; id < 500; id += 1) {
      watch.offer(Object.assign(new OssUpload(), { id: String(id), object: 'x'.repeat(1_000) }));
    }
    stream.pipe(response);
    await once(response, 'readable');
    watch.close();
    await once(response, 'close');
    expect(response.destroyed).toBe(true);
  });
});
