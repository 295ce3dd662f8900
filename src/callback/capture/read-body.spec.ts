import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { Deadline } from './deadline.js';
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

const ignore = () => undefined;
const read = (request: IncomingMessage, deadline = new Deadline()) =>
  readBody(request, request, MAX, deadline, ignore);

describe('readBody', () => {
  it('refuses a body in thousands of pieces, each of which costs more than its bytes', async () => {
    const request = new PassThrough({ highWaterMark: 10_000 });
    const message = Object.assign(request, { headers: {} }) as unknown as IncomingMessage;
    const body = readBody(message, request, 65_536, new Deadline(), ignore);
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

  it.each(['before', 'while'])('stops at the deadline that passes %s it reads', async (when) => {
    const request = await receive('Content-Length: 10', 'a=1');
    const deadline = new Deadline();
    if (when === 'before') deadline.reach();
    const body = read(request, deadline);
    deadline.reach();
    await expect(body).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('reads what a framework put in the place of the request, and leaves no listener', async () => {
    const request = await receive('Content-Length: 3', 'a=1');
    const stream = new PassThrough();
    const deadline = new Deadline();
    const body = readBody(request, stream, MAX, deadline, ignore);
    stream.end('b=2');
    expect((await body).toString()).toBe('b=2');
    for (const event of ['data', 'error']) expect(stream.listenerCount(event)).toBe(0);
    deadline.reach();
  });
});
