import { FastifyAdapter } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import type { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { OssUpload, type OssUploadAudit } from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { type TestAppOptions, useDatabase, useTestApp } from '../support/test-app.js';
import { AuditPages, wrapAnswers, wrappers } from './audit-pages.js';
import { makeUpload } from './audit-world.js';

const HTTP2 = 'Fastify with HTTP/2';

describe.concurrent.each([...platforms, HTTP2] as const)('live events on %s', (host) => {
  const database = useDatabase();
  const useLiveApp = (configure?: TestAppOptions['configure']) =>
    useTestApp(() => ({
      database,
      imports: [AuditPages],
      configure,
      ...(host === HTTP2
        ? { adapter: new FastifyAdapter({ http2: true } as object) }
        : { platform: host }),
    }));
  const app = useLiveApp();
  const full = useLiveApp();
  const wrapping = wrappers.map(([what, wrap]) => [what, useLiveApp(wrapAnswers(wrap))] as const);

  const open = ({ url }: { url: string }, user: string, path = '/my/uploads/live') =>
    host === HTTP2 ? openHttp2(url, path, user) : openHttp1(url, path, user);

  it('tell what arrives, to its owner, with the headers that proxies need', async () => {
    const live = await open(app, 'live-user');
    expect(live.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(await live.next('ready')).toEqual({});
    const receivedAt = new Date();
    await app.dataSource.manager.insert(OssUpload, [
      makeUpload({ object: 'live/theirs', owner: 'another', receivedAt }),
      makeUpload({ object: 'live/照片.txt', owner: 'live-user', receivedAt }),
    ]);
    expect(await live.next('upload')).toMatchObject({ object: 'live/照片.txt' });
    live.leave();
  });

  it.each(wrapping)('come as they are where an interceptor %s', async (_what, wrapped) => {
    const live = await open(wrapped, 'ann');
    expect(live.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    expect(await live.next('ready')).toEqual({});
    live.leave();
  });

  it('have room for others where one user takes all places', async () => {
    for (let taken = 0; taken < 998; taken += 1) full.audit.watch();
    const ann = [await open(full, 'ann'), await open(full, 'ann'), await open(full, 'ann')];
    expect(ann.map(({ status }) => status)).toEqual([200, 200, 503]);
    const [first] = ann;
    await first!.next('ready');
    const bob = await open(full, 'bob');
    await bob.next('ready');
    await expect(first!.next('upload')).rejects.toThrow('the stream has ended');
    ann.push(await open(full, 'ann'));
    expect(ann.at(-1)!.status).toBe(503);
    for (const { leave } of [...ann, bob]) leave();
  });

  it.sequential('give the place of a client that leaves to others at once', async ({ expect }) => {
    const watched = vi.spyOn(app.audit, 'watch');
    const live = await open(app, 'ann');
    await live.next('ready');
    const watch = watched.mock.results[0]!.value as ReturnType<OssUploadAudit['watch']>;
    let isClosed = false;
    watch.onClose(() => (isClosed = true));
    live.leave();
    // long before anything is sent to it
    await expect.poll(() => isClosed, { timeout: 8_000 }).toBe(true);
  });

  it.sequential('end before an app that shuts down', async () => {
    const live = await open(app, 'admin', '/admin/uploads/live');
    await live.next('ready');
    const closing = app.app.close();
    await expect(live.next('upload')).rejects.toThrow('the stream has ended');
    live.leave(); // a session of HTTP/2 stays open otherwise
    await closing;
  });
});

/** An event stream that stays open until its client leaves. */
async function openHttp1(base: string, path: string, user: string) {
  const request = get(`${base}${path}`, { headers: { user }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode: status, headers } = response;
  return { status, headers, next: readEvents(response), leave: () => void request.destroy() };
}

async function openHttp2(base: string, path: string, user: string) {
  const session = connect(base);
  const stream = session.request({ ':path': path, user });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  const leave = () => session.destroy();
  return { status: headers[':status'], headers, next: readEvents(stream), leave };
}

/** The function gives the data of the next event, and checks its name. */
function readEvents(body: Readable): (type: string) => Promise<unknown> {
  const chunks = body.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
  let text = '';
  return async (type) => {
    for (;;) {
      const event = /^event: (\w+)\ndata: (.*)\n\n/m.exec(text);
      if (event) {
        text = text.slice(event.index + event[0].length);
        expect(event[1]).toBe(type);
        return JSON.parse(event[2]!);
      }
      const { done, value } = await chunks.next();
      if (done) throw new Error('the stream has ended');
      text += value;
    }
  };
}
