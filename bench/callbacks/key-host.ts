import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves a public key, as OSS's key host does. */
export async function startKeyHost(publicKey: string): Promise<{ url: string; stop(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Length', Buffer.byteLength(publicKey));
    response.end(publicKey);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
