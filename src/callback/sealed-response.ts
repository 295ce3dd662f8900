import { type ServerResponse, STATUS_CODES } from 'node:http';

/** What a host's filters, interceptors, compression and frameworks use to write a response. */
const WRITERS = ['writeHead', 'write', 'end', 'flushHeaders'] as const;
const HEADER_SETTERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;

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
  private readonly original: Pick<ServerResponse, (typeof WRITERS)[number] | 'removeHeader'>;

  constructor(private readonly response: ServerResponse) {
    this.original = {
      writeHead: response.writeHead.bind(response),
      write: response.write.bind(response),
      end: response.end.bind(response),
      flushHeaders: response.flushHeaders.bind(response),
      removeHeader: response.removeHeader.bind(response),
    };
    this.replace(WRITERS, (name, args) => {
      if (name === 'writeHead') this.hostStatus = Number(args[0]);
      if (name === 'end') this.onHostEnd(args);
      return name === 'write' ? true : response;
    });
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
    for (const name of this.response.getHeaderNames()) this.original.removeHeader(name);
    // An `end()` may call the response's `write()`, as that of Fastify's `inject()` does.
    Object.assign(this.response, this.original);
    this.response.writeHead(status, STATUS_CODES[status] ?? '', {
      'Content-Type': 'application/json',
      'Content-Length': body.byteLength,
      // bytes of a refused body may still be under way
      ...(this.response.req.complete ? {} : { Connection: 'close' }),
    });
    this.response.end(body);
    this.replace([...WRITERS, ...HEADER_SETTERS], (name) => name === 'write' || this.response);
  }

  private onHostEnd(args: unknown[]): void {
    this.hostEnded = true;
    const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
    if (callback) this.response.once('finish', callback);
    if (!this.settled) this.onUnsettledEnd(this.hostStatus ?? this.response.statusCode);
    this.send();
  }

  private replace<Name extends string>(
    names: readonly Name[],
    handle: (name: Name, args: unknown[]) => unknown,
  ): void {
    const target = this.response as unknown as Record<string, unknown>;
    for (const name of names) target[name] = (...args: unknown[]) => handle(name, args);
  }
}
