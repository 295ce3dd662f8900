import { connect, type Socket } from 'node:net';

const ANNOUNCED_BYTES = 2_000;
const DROP_EVERY_MS = 500;

export interface HalfSentOrder {
  url: string;
  target: string;
  connections: number;
  /** Where they come from. Default: the address that everything else comes from. */
  localAddress?: string;
  /** How long a connection that was closed waits before it is opened again. */
  pauseMs: number;
}

/** Connections that each announce a callback's body and never finish it. One that is closed is opened again. */
export class HalfSentBodies {
  /** How many were opened by now. */
  opened = 0;
  private readonly sockets = new Set<Socket>();
  private dropping: NodeJS.Timeout | undefined;
  private hasEnded = false;

  constructor(private readonly order: HalfSentOrder) {}

  /** Resolves when each was open once. */
  async start(): Promise<void> {
    const { connections } = this.order;
    const all = Array.from({ length: connections }, () => new Promise<void>((on) => this.open(on)));
    await Promise.all(all);
    this.dropping = setInterval(() => {
      for (const socket of this.sockets) socket.write('x');
    }, DROP_EVERY_MS);
  }

  stop(): void {
    this.hasEnded = true;
    clearInterval(this.dropping);
    for (const socket of this.sockets) socket.destroy();
  }

  private open(onOpen?: () => void): void {
    if (this.hasEnded) return;
    const { url, target, localAddress, pauseMs } = this.order;
    const { hostname, host, port } = new URL(url);
    const head = `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${ANNOUNCED_BYTES}\r\n\r\na=`;
    const socket = connect({ port: Number(port), host: hostname, localAddress }, () => {
      this.opened += 1;
      this.sockets.add(socket);
      socket.write(head);
      onOpen?.();
    });
    socket.on('error', () => undefined).on('data', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      if (!this.hasEnded) setTimeout(() => this.open(onOpen), pauseMs);
    });
  }
}
