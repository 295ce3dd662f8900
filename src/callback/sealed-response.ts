import { type ServerResponse, STATUS_CODES } from 'node:http';

const SEAL = Symbol('ossCallback:sealedResponse');

type Sealed = ServerResponse & { [SEAL]: SealedResponse };
type Writers = Record<'writeHead' | 'write' | 'end', (...args: unknown[]) => unknown>;

/**
 * A response that only this package writes. OSS wants exact bytes: status 200, `application/json` without a charset,
 * a Content-Length. Frameworks add to the headers, compress the body, and a host's global filters and interceptors
 * would turn a refusal into a success. So what they write is dropped, and their `end()` sends the settled answer.
 */
export class SealedResponse {
  private settled: { status: number; body: Buffer } | undefined;
  private hostStatus: number | undefined;
  private hostEnded = false;
  private sent = false;
  /** What was there before, with whatever instrumentation had wrapped around it. */
  private readonly original: Writers;

  constructor(private readonly response: ServerResponse) {
    const { writeHead, write, end } = response as unknown as Writers;
    this.original = { writeHead, write, end };
    (response as Sealed)[SEAL] = this;
    Object.assign(response, HOST_WRITERS);
  }

  /** Called with the host's status where it ended the response before an answer was settled. */
  onUnsettledEnd: (status: number) => void = () => undefined;

  get isSettled(): boolean {
    return this.settled !== undefined;
  }

  /** Decides what is sent; the first decision stands. */
  settle(status: number, body: Buffer): void {
    this.settled ??= { status, body };
    if (this.hostEnded) this.send();
  }

  /** Sends the settled answer in one piece; later calls of anyone do nothing. */
  send(): void {
    if (this.sent || !this.settled || this.response.writableEnded) return;
    this.sent = true;
    const { status, body } = this.settled;
    for (const name of this.response.getHeaderNames()) this.response.removeHeader(name);
    const { writeHead, write, end } = this.original;
    // An `end()` may call the response's `write()`, as that of Fastify's `inject()` does.
    Object.assign(this.response, { write });
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': body.byteLength,
      // bytes of a refused body may still be under way
      ...(this.response.req.complete ? {} : { Connection: 'close' }),
    };
    writeHead.call(this.response, status, STATUS_CODES[status] ?? '', headers);
    end.call(this.response, body);
    Object.assign(this.response, CLOSED_WRITERS);
  }

  noteHostHead(status: unknown): void {
    this.hostStatus = Number(status);
  }

  onHostEnd(args: readonly unknown[]): void {
    this.hostEnded = true;
    const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
    if (callback) this.response.once('finish', callback);
    if (!this.settled) this.onUnsettledEnd(this.hostStatus ?? this.response.statusCode);
    this.send();
  }
}

function itself(this: ServerResponse): ServerResponse {
  return this;
}
const dropped = (): boolean => true;

/** What a host's filters, interceptors, compression and frameworks use; one set of functions for all responses. */
const HOST_WRITERS = {
  writeHead(this: Sealed, status: unknown) {
    this[SEAL].noteHostHead(status);
    return this;
  },
  write: dropped,
  end(this: Sealed, ...args: unknown[]) {
    this[SEAL].onHostEnd(args);
    return this;
  },
  flushHeaders: itself,
};

/** After the answer was sent, besides those above: a host may still go on with headers, at which Node would throw. */
const CLOSED_WRITERS = {
  write: dropped,
  setHeader: itself,
  setHeaders: itself,
  appendHeader: itself,
  removeHeader: itself,
};
