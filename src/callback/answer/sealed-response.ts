import { type ServerResponse, STATUS_CODES } from 'node:http';
import { endWithAnswer } from '../capture/read-body.js';

const SEAL = Symbol('ossCallback:sealedResponse');

type Sealed = ServerResponse & { [SEAL]: SealedResponse };
type Unsealed = ServerResponse & { [SEAL]?: SealedResponse };
type Method = (this: ServerResponse, ...args: unknown[]) => unknown;
type Writers = Record<'writeHead' | 'write' | 'end' | 'flushHeaders' | HeaderMethod, Method>;
type HeaderMethod = 'setHeader' | 'setHeaders' | 'appendHeader' | 'removeHeader';

/**
 * A response that only this package writes. OSS requires status 200, `application/json` without a charset, and a
 * Content-Length. Frameworks add headers and compress bodies, and a host's global filters and interceptors might turn a
 * refusal into a success. So what they write is dropped, and their `end()` sends the settled answer.
 */
export class SealedResponse {
  private settled: { status: number; body: string } | undefined;
  private hostStatus: number | undefined;
  private hostEnded = false;
  /** `sending` while Node writes the answer, and may call the response's own methods. */
  state: 'open' | 'sending' | 'sent' = 'open';
  /** The response's methods before it was sealed, including any instrumentation that wraps them. */
  readonly original: Writers;

  private constructor(
    private readonly response: ServerResponse,
    private readonly onUnsettledEnd: (status: number) => void,
  ) {
    const { writeHead, write, end, flushHeaders } = response as unknown as Writers;
    const { setHeader, setHeaders, appendHeader, removeHeader } = response as unknown as Writers;
    const headers = { setHeader, setHeaders, appendHeader, removeHeader };
    this.original = { writeHead, write, end, flushHeaders, ...headers };
    (response as Sealed)[SEAL] = this;
    Object.assign(response, HOST_WRITERS);
  }

  /**
   * Seals a response, unless it is sealed already: a second seal would take the first one's methods for the originals.
   * @param onUnsettledEnd called with the host's status if it ends the response before an answer is settled
   */
  static seal(response: ServerResponse, onUnsettledEnd: (status: number) => void): SealedResponse {
    return (response as Unsealed)[SEAL] ?? new SealedResponse(response, onUnsettledEnd);
  }

  /** Sets the answer; only the first call counts. */
  settle(status: number, body: string): void {
    this.settled ??= { status, body };
    if (this.hostEnded) this.send();
  }

  /** Sends the settled answer in one piece; further calls have no effect. */
  send(): void {
    if (this.state !== 'open' || !this.settled || this.response.writableEnded) return;
    const { status, body } = this.settled;
    for (const name of this.response.getHeaderNames()) this.response.removeHeader(name);
    if (!this.response.req.complete) endWithAnswer(this.response);
    this.state = 'sending';
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    };
    // HTTP/2 has no reason phrase; over HTTP/1 the host may have set another
    const isHttp2 = this.response.req.httpVersionMajor >= 2;
    const head = isHttp2 ? [status, headers] : [status, STATUS_CODES[status] ?? '', headers];
    this.original.writeHead.apply(this.response, head);
    this.original.end.call(this.response, body); // a string is sent in one piece with the head, bytes would not be
    this.state = 'sent';
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

/** While the answer is being sent, calls come from Node itself and go to the original methods. */
function whileSending(name: keyof Writers, otherwise: Method): Method {
  return function (...args) {
    const { state, original } = (this as Sealed)[SEAL];
    return (state === 'sending' ? original[name] : otherwise).apply(this, args);
  };
}

/** Ignores headers that a host sets once the answer is sent, at which Node would throw. */
function untilSent(name: HeaderMethod): Method {
  return function (...args) {
    const { state, original } = (this as Sealed)[SEAL];
    return state === 'sent' ? this : original[name].apply(this, args);
  };
}

function itself(this: ServerResponse): ServerResponse {
  return this;
}

/**
 * The methods that a host's filters, interceptors, compression and framework call; one set of functions for all
 * responses.
 */
const HOST_WRITERS: Writers = {
  writeHead: whileSending('writeHead', function (status) {
    (this as Sealed)[SEAL].noteHostHead(status);
    return this;
  }),
  write: whileSending('write', () => true),
  end: whileSending('end', function (...args) {
    (this as Sealed)[SEAL].onHostEnd(args);
    return this;
  }),
  flushHeaders: whileSending('flushHeaders', itself),
  setHeader: untilSent('setHeader'),
  setHeaders: untilSent('setHeaders'),
  appendHeader: untilSent('appendHeader'),
  removeHeader: untilSent('removeHeader'),
};
