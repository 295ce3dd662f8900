import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type RequestListener,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** Serves until the test ends. @returns host and port */
export async function serve(
  listener: RequestListener,
  certificate?: { key: string; cert: string },
): Promise<string> {
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  return listen(server, () => server.closeAllConnections());
}

/** The same for any server. */
export async function listen(server: Server, closeConnections = () => {}): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    closeConnections();
    server.close();
  });
  return `localhost:${(server.address() as AddressInfo).port}`;
}

export interface ProxyRules {
  path?: (path: string) => string;
  request?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
  answer?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
}

/** A proxy before a server, which changes what its rules change. */
export function proxyTo(
  url: string,
  { path = (same) => same, request = (same) => same, answer = (same) => same }: ProxyRules,
): RequestListener {
  const { hostname, port } = new URL(url);
  return (incoming, outgoing) => {
    const forwarded = httpRequest(
      {
        hostname,
        port,
        method: incoming.method,
        path: path(incoming.url ?? '/'),
        headers: request(incoming.headers),
      },
      (answered) => {
        outgoing.writeHead(answered.statusCode ?? 500, answer(answered.headers));
        answered.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  };
}

/** The headers without one. */
export function without<T extends object>(headers: T, name: string): T {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)) as T;
}
