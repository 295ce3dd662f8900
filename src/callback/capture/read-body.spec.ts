import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { OssCallbackError } from '../../common/errors.js';
import { readBody } from './read-body.js';

const MAX = 64;
let server: Server | undefined;
let socket: Socket | undefined;

afterEach(() => {
  socket?.destroy();
  server?.close();
});

/** Sends the head and the first bytes of a request; gives it as Node received it. */
async function receive(head: string, bytes = ''): Promise<IncomingMessage> {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${bytes}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return request;
}

const arrive = () => ({ grow: () => undefined, leave: () => undefined });
const read = (request: IncomingMessage) => readBody(request, request, MAX, arrive);

describe('readBody', () => {
  it('refuses a body in thousands of pieces, each of which costs more than its bytes', async () => {
    const request = new PassThrough({ highWaterMark: 10_000 });
    const message = Object.assign(request, { headers: {} }) as unknown as IncomingMessage;
    const body = readBody(message, request, 65_536, arrive);
    for (let count = 0; count < 2_000; count += 1) request.write('a');
    await expect(body).rejects.toMatchObject({ code: 'MALFORMED_REQUEST' });
  });

  it('gives every byte, in one piece or in many', async () => {
    const request = await receive('Content-Length: 12', 'a=1&');
    const body = read(request);
    socket!.write(Buffer.from([0, 255, 10, 13]));
    socket!.write('文b');
    expect(await body).toEqual(Buffer.from('a=1&\0\xff\n\r\xe6\x96\x87b', 'latin1'));
  });

  it.each([
    ['nothing', 'Content-Length: 0', '', ''],
    ['no length at all', 'a: b', '', ''],
    ['chunks', 'Transfer-Encoding: chunked', '3\r\na=1\r\n2\r\n&b\r\n0\r\n\r\n', 'a=1&b'],
    ['as much as is allowed', `Content-Length: ${MAX}`, 'x'.repeat(MAX), 'x'.repeat(MAX)],
  ])('reads %s', async (_what, head, bytes, expected) => {
    expect((await read(await receive(head, bytes))).toString()).toBe(expected);
  });

  it.each([
    ['announced as too large', `Content-Length: ${MAX + 1}`, ''],
    ['too large in chunks', 'Transfer-Encoding: chunked', `41\r\n${'x'.repeat(MAX + 1)}\r\n`],
  ])('refuses what is %s at once, before its end', async (_what, head, bytes) => {
    await expect(read(await receive(head, bytes))).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: 'The body has more than 64 bytes.',
    });
  });

  it('refuses what breaks off', async () => {
    const body = read(await receive('Content-Length: 10', 'a=1'));
    socket!.destroy();
    await expect(body).rejects.toMatchObject({ code: 'MALFORMED_REQUEST' });
  });

  it('stops when it is given up', async () => {
    const request = await receive('Content-Length: 10', 'a=1');
    const reason = new OssCallbackError('DEADLINE_EXCEEDED', 'There was no response in time.');
    const body = readBody(request, request, MAX, (giveUp) => {
      setImmediate(() => giveUp(reason));
      return arrive();
    });
    await expect(body).rejects.toBe(reason);
  });

  it('says how many bytes have come, and when no more will', async () => {
    const told: unknown[] = [];
    const request = await receive('Content-Length: 6', 'a=1');
    const body = readBody(request, request, MAX, () => ({
      grow: (bytes) => void told.push(bytes),
      leave: () => void told.push('left'),
    }));
    await expect.poll(() => told).toEqual([3]);
    socket!.write('&b=');
    await body;
    expect(told).toEqual([3, 3, 'left']);
  });

  it('reads what a framework put in the place of the request, and leaves no listener', async () => {
    const request = await receive('Content-Length: 3', 'a=1');
    const stream = new PassThrough();
    const body = readBody(request, stream, MAX, arrive);
    stream.end('b=2');
    expect((await body).toString()).toBe('b=2');
    for (const event of ['data', 'error']) expect(stream.listenerCount(event)).toBe(0);
  });
});
