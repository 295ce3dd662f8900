import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `node:http` with nothing on it: reads the body, answers with what `handle` returns. */
export async function startPlainServer(
  handle: (request: IncomingMessage, body: Buffer) => string | Promise<string>,
): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      void answer(request, response, body);
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    try {
      send(response, 200, await handle(request, body));
    } catch (error) {
      send(response, 500, JSON.stringify({ message: String(error) }));
    }
  };
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
