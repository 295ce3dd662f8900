import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { findFreePort } from '../../src/testing/free-port.js';

/** The way to OSS, which a test can block for HEAD. */
export class OssProxy {
  /** What happens to a HEAD request. */
  heads: 'pass' | 'hang' | 'reset' = 'pass';
  private server: Server | undefined;
  private port: number | undefined;

  constructor(private readonly ossUrl: string) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Keeps its port when it is started again; no connection is given that port meanwhile. */
  async start(): Promise<void> {
    const server = createServer((incoming, outgoing) => {
      if (incoming.method === 'HEAD' && this.heads === 'hang') return;
      if (incoming.method === 'HEAD' && this.heads === 'reset') {
        incoming.socket.resetAndDestroy();
        return;
      }
      const { hostname, port } = new URL(this.ossUrl);
      const { method, url: path, headers } = incoming;
      const forwarded = httpRequest({ hostname, port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on('error', () => outgoing.destroy());
      incoming.pipe(forwarded);
    });
    this.server = server;
    this.port ??= await findFreePort();
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
  }

  /** From now on connections are refused. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}
