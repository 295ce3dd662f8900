import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands at the app's public URL and passes nothing on: every callback gets 502. So the bytes that OSS sent are in its
 * record, and a test decides when, how often and to which instance they go.
 */
export async function startBrokenLoadBalancer(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(502, { 'Content-Length': 0 }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
