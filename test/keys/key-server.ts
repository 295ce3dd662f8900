import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A host that serves one public key, behind every version's URL. */
export class KeyServer {
  /** What it answers; nothing, ever, where it is undefined. */
  serves: string | undefined;
  /** The paths that it was asked for. */
  asked: string[] = [];
  private server: Server | undefined;

  /** @param certificate for https */
  constructor(private readonly certificate?: { key: string; cert: string }) {}

  get port(): number {
    return (this.server!.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const answer: RequestListener = (request, response) => {
      this.asked.push(request.url!);
      if (this.serves !== undefined) response.end(this.serves);
    };
    this.server = this.certificate
      ? createTlsServer(this.certificate, answer)
      : createServer(answer);
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server!.close(() => resolve());
      this.server!.closeAllConnections();
    });
  }
}
