import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countTimers } from '../../test/support/count-timers.js';
import { sendHttp } from './http-client.js';
import { NoAnswerError } from './http-exchange.js';

/** Node tells it when the head of a response has arrived. */
const RESPONSE_CHANNEL = 'http.client.response.finish';

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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { put: { method: 'PUT', url }, url, sockets };
}

/** Answers with the hash of what it got. */
const hash: Handle = (request, response) => {
  const digest = createHash('sha256');
  request.on('data', (chunk: Buffer) => digest.update(chunk));
  request.on('end', () => response.end(digest.digest('hex')));
};

const echo: Handle = (request, response) => {
  response.setHeader('x-headers', JSON.stringify(request.headers));
  request.pipe(response);
};

/** All pieces in one buffer, as files are read. */
async function* oneBuffer(pieces: number, size: number) {
  const buffer = Buffer.alloc(size);
  for (let piece = 0; piece < pieces; piece += 1) yield buffer.fill(piece);
}

async function failureOf(promise: Promise<unknown>): Promise<NoAnswerError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NoAnswerError);
  return error as NoAnswerError;
}

describe('a body', () => {
  it('of bytes goes out with its length', async () => {
    const { put } = await start(echo);
    const answer = await sendHttp({ ...put, headers: { 'x-a': 'b' }, body: Buffer.from('té') });
    expect(answer).toMatchObject({ status: 200, text: 'té' });
    expect(JSON.parse(answer.headers['x-headers']!)).toMatchObject({
      'content-length': '3',
      'accept-encoding': 'identity',
      'x-a': 'b',
    });
  });

  it.each([undefined, 40 * 512 * 1024])(
    'of a stream goes out piece by piece, each before the next is asked for (length %s)',
    async (sizeBytes) => {
      const { put } = await start(hash);
      const expected = createHash('sha256');
      for await (const piece of oneBuffer(40, 512 * 1024)) expected.update(piece);
      const body = oneBuffer(40, 512 * 1024);
      const answer = await sendHttp({ ...put, body, sizeBytes });
      expect(answer.text).toBe(expected.digest('hex'));
    },
  );

  it('whose source fails is broken off, and the error is that of the source', async () => {
    const ended = new Promise<boolean>((resolve) => {
      void start((incoming) => {
        incoming.resume();
        incoming.once('close', () => resolve(incoming.complete));
      }).then(async ({ put }) => {
        async function* body() {
          yield Buffer.from('half');
          throw new Error('the disk is gone');
        }
        await expect(sendHttp({ ...put, body: body() })).rejects.toThrow('the disk is gone');
      });
    });
    expect(await ended).toBe(false);
  });

  it('is read no further when the answer comes before its end', async () => {
    const { put } = await start((_incoming, response) => {
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
    const answer = await sendHttp({ ...put, body: endless() });
    expect([answer.status, answer.headers['x-oss-ec'], answer.text]).toEqual([403, '1', 'no']);
    await expect.poll(() => letGo).toBe(true);
  });

  it.each<[string, () => AsyncIterable<Uint8Array>]>([
    ['that never gives a piece', () => ({ [Symbol.asyncIterator]: () => ({ next: never }) })],
    ['that never ends', () => oneBuffer(Infinity, 1_024)],
  ])('of a stream %s holds up nothing when the request is to end', async (_what, body) => {
    const { put } = await start((incoming) => void incoming.resume());
    const reason = new Error('enough');
    const stop = new AbortController();
    const sending = failureOf(sendHttp({ ...put, body: body(), signal: stop.signal }));
    setImmediate(() => stop.abort(reason));
    expect((await sending).cause).toBe(reason);
  });
});

const never = () => new Promise<never>(() => {});

describe('a connection', () => {
  const askThreeAtOnce = (request: Parameters<typeof sendHttp>[0]) =>
    Promise.all([1, 2, 3].map(() => sendHttp(request)));

  it('is kept for requests that may be repeated', async () => {
    const { url, put, sockets } = await start((_request, response) => void response.end('a'));
    for (let round = 0; round < 3; round += 1) {
      await askThreeAtOnce({ method: 'GET', url });
      await Promise.all(
        [1, 2, 3].map(() => sendHttp({ ...put, isRepeatable: true, body: oneBuffer(2, 5) })),
      );
    }
    expect(sockets.size).toBe(3);
  });

  it('serves one request alone that may not: a kept one may have ended unnoticed', async () => {
    const { put, sockets } = await start((_request, response) => void response.end('a'));
    for (let round = 0; round < 2; round += 1) await askThreeAtOnce({ ...put, body: Buffer.of(1) });
    expect(sockets.size).toBe(6);
  });

  it('that was kept and has ended is replaced, where the request can be sent again', async () => {
    const { url, put } = await start((request, response) => {
      if (request.headers.connection === 'close') response.end('fresh');
      else if (request.method === 'GET') response.end('kept');
      else request.socket.destroy();
    });
    const again = { ...put, isRepeatable: true };
    const keepOne = () => sendHttp({ method: 'GET', url });
    expect((await keepOne()).text).toBe('kept');
    expect((await sendHttp({ ...again, body: Buffer.of(1) })).text).toBe('fresh');
    await keepOne();
    expect((await failureOf(sendHttp({ ...again, body: oneBuffer(1, 1) }))).code).toBe(
      'ECONNRESET',
    );
    // new, so that it had not ended before
    expect((await failureOf(sendHttp({ ...again, body: Buffer.of(1) }))).code).toBe('ECONNRESET');
  });
});

describe('an answer', () => {
  it('that redirects is an answer as any other', async () => {
    const { url } = await start((_request, response) => {
      response.writeHead(302, { location: '/other' }).end();
    });
    const { status, headers } = await sendHttp({ method: 'GET', url });
    expect([status, headers.location]).toEqual([302, '/other']);
  });

  it.each([
    [100, 2_000],
    [undefined, 3_000_000],
  ])('has a largest size: %s bytes', async (maxAnswerBytes, sentBytes) => {
    const { url, sockets } = await start((_incoming, response) => {
      response.write(Buffer.alloc(sentBytes)); // and never ends
    });
    const error = await failureOf(sendHttp({ method: 'GET', url, maxAnswerBytes }));
    expect(error.message).toBe(`the response has more than ${maxAnswerBytes ?? 2_097_152} bytes`);
    expect(error.head?.status).toBe(200);
    await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true);
  });

  it('that is too long may come all at once', async () => {
    const { url } = await start((_incoming, response) => void response.end('too long'));
    const request = { method: 'GET', url, maxAnswerBytes: 7 };
    expect((await failureOf(sendHttp(request))).message).toContain('more than 7 bytes');
    expect((await sendHttp({ ...request, maxAnswerBytes: 8 })).text).toBe('too long');
  });

  it.each<[string, Handle, RegExp, number | undefined]>([
    [
      'because the connection breaks',
      ({ socket }) => void socket.destroy(),
      /^socket hang up \(ECONNRESET\)$/,
      undefined,
    ],
    [
      'because it breaks off',
      ({ socket }, response) => {
        response.writeHead(203, { 'content-length': 10 }).write('half', () => socket.destroy());
      },
      /^aborted \(ECONNRESET\)$/,
      203,
    ],
    [
      'because the other side wants to speak another protocol',
      ({ socket }) => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
        );
      },
      /^the connection was closed without a response$/,
      undefined,
    ],
  ])('does not come %s', async (_why, handle, message, status) => {
    const { put } = await start(handle);
    for (const body of [Buffer.of(1), oneBuffer(1, 5)]) {
      const error = await failureOf(sendHttp({ ...put, body }));
      expect(error.message).toMatch(message);
      expect(error.head?.status).toBe(status);
    }
  });

  it('that is half there is given up with the signal, and its connection is closed', async () => {
    const { url, sockets } = await start((_incoming, response) => void response.write('half'));
    const stop = new AbortController();
    const reason = new Error('enough');
    const abort = () => void setImmediate(() => stop.abort(reason));
    subscribe(RESPONSE_CHANNEL, abort);
    onTestFinished(() => void unsubscribe(RESPONSE_CHANNEL, abort));
    const error = await failureOf(sendHttp({ method: 'GET', url, signal: stop.signal }));
    expect([error.cause, error.head?.status]).toEqual([reason, 200]);
    await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true);
  });

  it.each(['GET', 'PUT'])('to a %s leaves no timer behind', async (method) => {
    const running = countTimers(61_234);
    let timersMeanwhile = 0;
    const { url } = await start((_incoming, response) => {
      timersMeanwhile = running();
      response.end('in time');
    });
    const answer = await sendHttp({ method, url, endsAtMs: performance.now() + 61_234 });
    expect([answer.text, timersMeanwhile]).toEqual(['in time', 1]);
    await expect.poll(running).toBe(0);
  });

  it('that is too late does not count, whether or not it has begun', async () => {
    const { url } = await start((request, response) => {
      if (request.method === 'GET') response.write('half');
    });
    for (const method of ['GET', 'POST']) {
      const late = { method, url, endsAtMs: performance.now() + 50 };
      expect((await failureOf(sendHttp(late))).message).toBe('no complete response in time');
      const over = { ...late, endsAtMs: performance.now() };
      expect((await failureOf(sendHttp(over))).message).toBe('no time was left for it');
      const aborted = { method, url, signal: AbortSignal.abort(new Error('no time left')) };
      expect((await failureOf(sendHttp(aborted))).message).toBe('no time left');
    }
  });
});
