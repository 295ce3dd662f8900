import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A host that serves one public key, behind every version's URL. */
export class KeyServer {
  /** What it answers; nothing, ever, where it is undefined. */
  serves: string | undefined;
  /** The paths that it was asked for. */
  asked: string[] = [];
  private server: Server | undefined;

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      this.asked.push(request.url!);
      if (this.serves !== undefined) response.end(this.serves);
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server!.close(() => resolve());
      this.server!.closeAllConnections();
    });
  }
}
