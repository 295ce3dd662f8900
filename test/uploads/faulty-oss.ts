import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach } from 'vitest';
import { BUCKET, startOss, type TestApp, useTestApp } from '../support/test-app.js';

/**
 * What becomes of one request: `refuse` breaks the connection before OSS hears of it, `lose-answer` after OSS has
 * done it, `damage` alters its body, a number is answered in place of OSS. Otherwise it goes through.
 */
export type Fate = 'refuse' | 'lose-answer' | 'damage' | number | undefined;

export interface OssRequestSeen {
  method: string;
  object: string;
  /** `initiate`, `part`, `list`, `complete`, `abort`, `put` or `head`. */
  operation: string;
  partNumber: number | undefined;
  framing: 'chunked' | 'with its length';
}

export interface FaultyOss {
  url: string;
  /** Everything that was asked, in order. */
  seen: OssRequestSeen[];
  /** Decides about each request; may wait. */
  fate: (request: OssRequestSeen) => Fate | Promise<Fate>;
  stop(): Promise<void>;
}

/** An app whose own uploads take a bad connection to the local OSS; after each test it is a good one. */
export function useAppWithFaultyOss(): { world: TestApp; faulty: FaultyOss } {
  const faulty = {} as FaultyOss;
  afterAll(() => faulty.stop());
  const world = useTestApp(async () => {
    const oss = await startOss();
    await startFaultyOss(oss.url, faulty);
    const main = { bucket: BUCKET, region: 'cn-hangzhou', endpoint: faulty.url };
    return { createOss: async () => oss, options: { buckets: { main } } };
  });
  afterEach(() => {
    faulty.fate = () => undefined;
    faulty.seen = [];
    world.oss.faults.clear();
  });
  return { world, faulty };
}

async function startFaultyOss(ossUrl: string, faulty: FaultyOss): Promise<void> {
  const { port } = new URL(ossUrl);
  const server = createServer((incoming, response) => {
    void (async () => {
      const seen = describe(incoming);
      faulty.seen.push(seen);
      const fate = await faulty.fate(seen);
      if (fate === 'refuse') {
        incoming.socket.destroy();
        return;
      }
      if (typeof fate === 'number') {
        incoming.resume();
        incoming.once('end', () => response.writeHead(fate).end());
        return;
      }
      const { method, url: path, headers } = incoming;
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
      outgoing.on('response', (answer) => {
        if (fate === 'lose-answer') {
          answer.resume().once('end', () => incoming.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
        answer.pipe(response);
      });
      outgoing.on('error', () => incoming.socket.destroy());
      incoming.on('close', () => incoming.complete || outgoing.destroy());
      incoming.on('data', (chunk: Buffer) => {
        if (fate === 'damage') chunk[0] = ~chunk[0]!;
        if (!outgoing.write(chunk)) {
          incoming.pause();
          outgoing.once('drain', () => incoming.resume());
        }
      });
      incoming.on('end', () => outgoing.end());
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(faulty, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    fate: () => undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  } satisfies FaultyOss);
}

function describe({ method = '', url = '', headers }: IncomingMessage): OssRequestSeen {
  const { pathname, searchParams } = new URL(url, 'http://local');
  const partNumber = searchParams.get('partNumber');
  const ofUpload: Record<string, string> = {
    PUT: 'part',
    GET: 'list',
    POST: 'complete',
    DELETE: 'abort',
  };
  const operation = searchParams.has('uploads')
    ? 'initiate'
    : searchParams.has('uploadId')
      ? (ofUpload[method] ?? method)
      : method.toLowerCase();
  return {
    method,
    object: decodeURIComponent(pathname.split('/').slice(2).join('/')),
    operation,
    partNumber: partNumber === null ? undefined : Number(partNumber),
    framing: 'content-length' in headers ? 'with its length' : 'chunked',
  };
}
