import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { splitTarget } from '../../protocol/callback/request-target.js';
import type { CallbackCapture } from './callback-capture.js';
import type { OpenedCallback } from '../callback-stages.js';
import { RequestSlot } from '../request-slot.js';
import { hostRequest } from './remote-address.js';

interface Request {
  raw: IncomingMessage;
  /** Without a URL where no route answers. */
  routeOptions: { url?: string };
  rawBody?: Buffer;
}
interface Reply {
  raw: ServerResponse;
  hijack(): unknown;
}
type Done = (error?: unknown, value?: unknown) => void;

/** The part of a Fastify instance that the capture uses. */
interface FastifyApp {
  server: Server;
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: Request, reply: Reply, done: Done) => void,
  ): unknown;
  addHook(
    name: 'preParsing',
    hook: (request: Request, reply: Reply, payload: Readable, done: Done) => void,
  ): unknown;
}

/**
 * Installs the capture: before everything of the host at the server, and as root hooks, which hold for every route
 * that is registered later.
 */
export function captureOnFastify(app: FastifyApp, capture: CallbackCapture): void {
  const callbacks = new RequestSlot<OpenedCallback>('opened');
  const start = (request: IncomingMessage, response: ServerResponse, target?: string) => {
    const opened = capture.open(request, response, target);
    if (opened) callbacks.set(request, opened);
    return opened;
  };
  app.server.prependListener('request', (request, response) => {
    if (start(request, response)) request.url = withoutLastSlash(request.url ?? '');
  });
  // Requests may arrive without that server: by `inject()`, or by the second one that listens on "localhost". And Fastify
  // may route a URL to a callback that the listener above did not recognise: by now it has chosen the route.
  app.addHook('onRequest', (request, reply, done) => {
    const { url } = request.routeOptions;
    const opened =
      callbacks.get(request.raw) ??
      (url === undefined ? undefined : start(request.raw, reply.raw, url));
    if (opened) hostRequest.set(request.raw, request);
    done();
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    const opened = callbacks.get(request.raw);
    if (!opened) {
      done(null, payload);
      return;
    }
    capture.read(opened, payload).then((callback) => {
      if (!callback) {
        reply.hijack();
        return;
      }
      request.rawBody = callback.body;
      hideBody(request.raw);
      done(null, new BodyAgain(callback.body));
    }, done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (callbacks.get(request.raw)) showBody(request.raw);
    done();
  });
  capture.isInstalled = true;
}

/** The body once more, for hooks of the host that come later and read it. */
class BodyAgain extends Readable {
  constructor(private readonly body: Buffer) {
    super();
  }

  override _read(): void {
    this.push(this.body);
    this.push(null);
  }
}

const BODY_HEADERS = ['content-type', 'content-length', 'transfer-encoding'] as const;
const HIDDEN = Symbol('ossCallback:bodyHeaders');

type WithHidden = IncomingMessage & { [HIDDEN]?: (string | undefined)[] };

/** The body has been read: until Fastify is past its parsers, the request looks as one that never had any. */
function hideBody(request: WithHidden): void {
  const { headers } = request;
  request[HIDDEN] = BODY_HEADERS.map((name) => headers[name]);
  for (const name of BODY_HEADERS) {
    if (headers[name] !== undefined) headers[name] = undefined;
  }
}

function showBody({ headers, [HIDDEN]: hidden = [] }: WithHidden): void {
  for (let index = 0; index < hidden.length; index += 1) {
    const value = hidden[index];
    if (value !== undefined) headers[BODY_HEADERS[index]!] = value;
  }
}

/** Nest takes the slash at the end off its routes, and Fastify does not forgive one in a URL as Express does. */
function withoutLastSlash(url: string): string {
  const { path, query } = splitTarget(url);
  const hasOne = path.length > 1 && path.endsWith('/') && !path.endsWith('//');
  return hasOne ? path.slice(0, -1) + query : url;
}
