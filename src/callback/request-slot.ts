import type { IncomingMessage } from 'node:http';

/** A request or response of Node's, or Fastify's with Node's in it. */
export type Raw<T> = T | { raw: T };

export function toRaw<T extends object>(value: Raw<T>): T {
  return (value as { raw?: T }).raw ?? (value as T);
}

/** A value attached to Node's request, to which the requests of both platforms lead. */
export class RequestSlot<T> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol(`ossCallback:${name}`);
  }

  get(request: Raw<IncomingMessage>): T | undefined {
    return (toRaw(request) as unknown as Record<symbol, T | undefined>)[this.key];
  }

  set(request: IncomingMessage, value: T): void {
    (request as unknown as Record<symbol, T>)[this.key] = value;
  }
}
