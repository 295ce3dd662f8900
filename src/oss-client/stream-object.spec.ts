import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ResolvedBucket } from '../options/resolved.js';
import { keepConnections, streamObject } from './stream-object.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function start(handle: Handle) {
  const sockets = new Set<Socket>();
  const server = createServer(handle).on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bucket = {
    bucket: 'b',
    region: 'cn-hangzhou',
    endpoint,
    internalEndpoint: endpoint,
    pathStyle: true,
    getCredentials: async () => ({ accessKeyId: 'id', accessKeySecret: 'secret' }),
  } as unknown as ResolvedBucket;
  return { request: { method: 'PUT', bucket, object: 'o' } as const, sockets };
}

/** Answers with the hash of what it got. */
const hash: Handle = (request, response) => {
  const digest = createHash('sha256');
  request.on('data', (chunk: Buffer) => digest.update(chunk));
  request.on('end', () => response.end(digest.digest('hex')));
};

const echo: Handle = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.end(Buffer.concat(chunks)));
};

/** All pieces in one buffer, as files are read. */
async function* oneBuffer(pieces: number, size: number) {
  const buffer = Buffer.alloc(size);
  for (let piece = 0; piece < pieces; piece += 1) yield buffer.fill(piece);
}

it.each([undefined, 40 * 512 * 1024])(
  'sends every piece before it asks for the next (length %s)',
  async (sizeBytes) => {
    const { request } = await start(hash);
    const expected = createHash('sha256');
    for await (const piece of oneBuffer(40, 512 * 1024)) expected.update(piece);
    const body = oneBuffer(40, 512 * 1024);
    const response = await streamObject({ ...request, body, sizeBytes });
    expect(await response.text()).toBe(expected.digest('hex'));
  },
);

it('uses kept connections again, and no others', async () => {
  const { request, sockets } = await start(echo);
  const connections = keepConnections(request.bucket, 2);
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(
      [1, 2, 3].map(async () => {
        const answer = await streamObject({ ...request, body: oneBuffer(1, 5), connections });
        expect(await answer.text()).toBe('\0\0\0\0\0');
      }),
    );
  }
  connections.destroy();
  expect(sockets.size).toBe(2);
});

it('closes the connection where the source of the body fails', async () => {
  const ended = new Promise<boolean>((resolve) => {
    void start((incoming) => {
      incoming.resume();
      incoming.once('close', () => resolve(incoming.complete));
    }).then(async ({ request }) => {
      async function* body() {
        yield Buffer.from('half');
        throw new Error('the disk is gone');
      }
      await expect(streamObject({ ...request, body: body() })).rejects.toThrow('the disk is gone');
    });
  });
  expect(await ended).toBe(false);
});

it('takes an answer that comes before the end of the body, and lets go of the source', async () => {
  const { request } = await start((_incoming, response) => {
    response.writeHead(403, { 'x-oss-ec': '1' }).end('no');
  });
  let letGo = false;
  async function* endless() {
    try {
      for (;;) yield Buffer.alloc(64 * 1024);
    } finally {
      letGo = true;
    }
  }
  const response = await streamObject({ ...request, body: endless() });
  expect([response.status, response.headers.get('x-oss-ec'), await response.text()]).toEqual([
    403,
    '1',
    'no',
  ]);
  await expect.poll(() => letGo).toBe(true);
});

it.each<[string, Handle]>([
  ['the connection breaks', ({ socket }) => void socket.destroy()],
  [
    'the answer breaks off',
    ({ socket }, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half', () => socket.destroy());
    },
  ],
  ['the answer is too long', (_incoming, response) => void response.end(Buffer.alloc(3_000_000))],
])('knows no answer where %s', async (_what, handle) => {
  const { request } = await start(handle);
  await expect(streamObject({ ...request, body: oneBuffer(1, 5) })).rejects.toMatchObject({
    code: 'OSS_UNAVAILABLE',
    hint: expect.stringContaining('PUT 127.0.0.1'),
  });
});
