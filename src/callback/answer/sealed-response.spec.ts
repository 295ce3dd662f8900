import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SealedResponse } from './sealed-response.js';

type Host = (answer: SealedResponse, response: ServerResponse) => unknown;

const body = '{"a":"文"}';
const settled = (status = 200) => `HTTP/1.1 ${status} `;
let server: Server;
let socket: Socket;

afterEach(() => {
  socket.destroy();
  server.close();
});

/** A server of one route, and a connection that stays open: what is sent and read are the bytes themselves. */
async function serve(
  host: Host,
  bodyIsRead = true,
  onUnsettledEnd: (status: number, answer: SealedResponse) => void = () => undefined,
): Promise<(request?: string) => Promise<string>> {
  server = createServer((request, response) => {
    const answer = SealedResponse.seal(response, (status) => onUnsettledEnd(status, answer));
    if (bodyIsRead) request.resume().once('end', () => void host(answer, response));
    else void host(answer, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  return async (request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n') => {
    received = '';
    socket.write(request);
    while (!isComplete(received) && !socket.readableEnded) {
      await Promise.race([once(socket, 'data'), once(socket, 'end')]);
    }
    return received;
  };
}

/** Hands the request's answer to the test, which decides when. */
async function serveLater() {
  let arrive: (parts: [SealedResponse, ServerResponse]) => void;
  const arrival = new Promise<[SealedResponse, ServerResponse]>((resolve) => (arrive = resolve));
  return { send: await serve((...parts) => arrive(parts)), arrival };
}

function isComplete(received: string): boolean {
  const [head, rest] = received.split('\r\n\r\n');
  const length = /^content-length: (\d+)$/im.exec(head ?? '')?.[1];
  return rest !== undefined && Buffer.byteLength(rest) >= Number(length ?? 0);
}

/** Names and values of an answer, without those that Node adds to every answer. */
function headersOf(answer: string): string[] {
  const [head = ''] = answer.split('\r\n\r\n');
  return head
    .split('\r\n')
    .slice(1)
    .filter((line) => !/^(date|keep-alive|connection: keep-alive)/i.test(line));
}

describe('the settled answer', () => {
  it('is sent as OSS wants it, byte for byte', async () => {
    const send = await serve((answer) => {
      answer.settle(200, body);
      answer.send();
    });
    const answer = await send();
    expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
    expect(headersOf(answer)).toEqual(['Content-Type: application/json', 'Content-Length: 11']);
    expect(answer.split('\r\n\r\n')[1]).toBe('{"a":"文"}');
  });

  it.each<[string, Host]>([
    ['when the host ends', (answer, response) => (answer.settle(200, body), response.end())],
    ['when the host ended before', (answer, response) => (response.end(), answer.settle(200, body))],
    ['once, however often it is sent', (answer) => (answer.settle(200, body), answer.send(), answer.send())],
    ['as it was first decided', (answer) => {
      answer.settle(200, body);
      answer.settle(500, '{}');
      answer.send();
    }],
  ])('is sent %s', async (_when, host) => {
    const send = await serve(host);
    expect(await send()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"a":"文"\}$/);
  }); // prettier-ignore

  it('is sent once where the response is sealed twice', async () => {
    const send = await serve((answer, response) => {
      expect(SealedResponse.seal(response, () => undefined)).toBe(answer);
      answer.settle(200, body);
      response.setHeader('a', 'b');
      response.end();
    });
    expect(await send()).toContain(settled());
  });

  it('is not sent before the host ends or the module sends it', async () => {
    const { send, arrival } = await serveLater();
    const received = send();
    const [answer, response] = await arrival;
    answer.settle(200, body);
    expect(response.headersSent).toBe(false);
    answer.send();
    expect(await received).toContain(settled());
  });

  it.each<[string, Host]>([
    ['writes', (answer, response) => {
      answer.settle(403, body);
      response.statusCode = 200;
      response.statusMessage = 'Fine';
      response.setHeader('Content-Encoding', 'gzip').setHeader('Transfer-Encoding', 'chunked');
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      response.setHeaders(new Headers({ 'x-powered-by': 'Express' }));
      response.appendHeader('Set-Cookie', 'a=1');
      response.writeHead(200, { 'Content-Length': 5 });
      response.flushHeaders();
      response.write('{"ok":');
      response.end('true}');
    }],
    ['pipes', async (answer, response) => {
      answer.settle(403, body);
      await pipeline(Readable.from(['{"ok":', 'true}']), response);
    }],
    ['writes without end, and the deadline sends', (answer, response) => {
      response.writeHead(200);
      response.write('x'.repeat(100_000));
      answer.settle(403, body);
      answer.send();
    }],
    ['goes on writing after it was sent', (answer, response) => {
      answer.settle(403, body);
      answer.send();
      response.setHeader('a', 'b').appendHeader('a', 'c');
      response.removeHeader('a');
      response.writeHead(200);
      response.write('late');
      response.end('late');
      response.end();
    }],
  ])('is what is sent where the host %s', async (_what, host) => {
    const send = await serve(host);
    for (const _ of [1, 2]) {
      const answer = await send();
      expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\n\{"a":"文"\}$/);
      expect(headersOf(answer)).toEqual(['Content-Type: application/json', 'Content-Length: 11']);
    }
  }); // prettier-ignore
});

describe('a host that ends before an answer is settled', () => {
  it.each<[number, (response: ServerResponse) => void]>([
    [429, (response) => response.writeHead(429).end('Too many')],
    [401, (response) => { response.statusCode = 401; response.end(); }],
    [200, (response) => response.end('OK')],
  ])('with status %i is reported, and what is then settled is sent', async (status, end) => {
    const statuses: number[] = [];
    const host: Host = (_answer, response) => {
      end(response);
      end(response);
    };
    const send = await serve(host, true, (of, answer) => {
      statuses.push(of);
      answer.settle(500, body);
    });
    expect(await send()).toContain(settled(500));
    expect(statuses).toEqual([status]);
  }); // prettier-ignore

  it('is told when the answer was sent', async () => {
    const finished: string[] = [];
    const send = await serve((answer, response) => {
      response.once('finish', () => finished.push('event'));
      response.end('x', () => finished.push('callback'));
      answer.settle(200, body);
    });
    await send();
    expect(finished.toSorted()).toEqual(['callback', 'event']);
  });
});

describe('the connection', () => {
  it('is kept for the next request', async () => {
    const send = await serve((answer) => (answer.settle(200, body), answer.send()));
    for (const _ of [1, 2, 3]) expect(await send()).toContain(settled());
  });

  it('is closed where bytes of a refused body may still come', async () => {
    const send = await serve((answer) => (answer.settle(413, body), answer.send()), false);
    const answer = await send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
    expect(answer).toContain(settled(413));
    expect(headersOf(answer)).toContain('Connection: close');
  });

  it('may be gone', async () => {
    const { send, arrival } = await serveLater();
    send().catch(() => undefined);
    const [answer, response] = await arrival;
    socket.destroy();
    await once(response, 'close');
    answer.settle(200, body);
    expect(() => {
      answer.send();
      response.end();
    }).not.toThrow();
  });
});
