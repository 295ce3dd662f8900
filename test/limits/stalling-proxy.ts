import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The way to a server, on which everything stops where a test says so: connections are accepted, nothing is heard. */
export class StallingProxy {
  private readonly sockets = new Set<Socket>();
  private isStalled = false;
  private server: Server | undefined;

  constructor(private readonly target: URL) {}

  /** The target's URL by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server!.address() as AddressInfo).port);
    return url.href;
  }

  async start(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(Number(this.target.port || 5_432), this.target.hostname);
      this.join(near, far);
      this.join(far, near);
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
  }

  stall(): void {
    this.isStalled = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What was said meanwhile is heard now. */
  pass(): void {
    this.isStalled = false;
    for (const socket of this.sockets) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server!.close(() => resolve()));
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    if (this.isStalled) from.pause();
  }
}
