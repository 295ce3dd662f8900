import type { IncomingMessage } from 'node:http';

/** A value attached to Node's request, to which the requests of both platforms lead. */
export class RequestSlot<T> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol(`ossCallback:${name}`);
  }

  get(request: IncomingMessage | { raw: IncomingMessage }): T | undefined {
    const raw = 'raw' in request ? request.raw : request;
    return (raw as unknown as Record<symbol, T | undefined>)[this.key];
  }

  set(request: IncomingMessage, value: T): void {
    (request as unknown as Record<symbol, T>)[this.key] = value;
  }
}
