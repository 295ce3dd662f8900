import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { CallbackCapture } from './callback-capture.js';
import { CallbackExchange } from './callback-exchange.js';

/** No parser of the host knows this type; the one below does, and has nothing to parse. */
const CAPTURED_TYPE = 'application/vnd.nestjs-oss-callback';

interface Request {
  raw: IncomingMessage;
  rawBody?: Buffer;
}
interface Reply {
  raw: ServerResponse;
  hijack(): unknown;
}
type Done = (error?: unknown, value?: unknown) => void;

/** As much of a Fastify instance as is needed here. */
interface FastifyApp {
  server: Server;
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: Done) => void): unknown;
  addHook(
    name: 'preParsing',
    hook: (request: Request, reply: Reply, payload: Readable, done: Done) => void,
  ): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: Request, payload: Readable, done: Done) => void,
  ): unknown;
}

/**
 * Installs the capture: before everything of the host at the server, and as root hooks, which hold for every route
 * that is registered later.
 */
export function captureOnFastify(app: FastifyApp, capture: CallbackCapture): void {
  app.server.prependListener('request', (request, response) => {
    if (capture.open(request, response)) request.url = withoutLastSlash(request.url ?? '');
  });
  // for requests that come without that server: `inject()`, and the second one that listens on "localhost"
  app.addHook('onRequest', (request, reply, done) => {
    const exchange = CallbackExchange.of(request) ?? capture.open(request.raw, reply.raw);
    if (exchange) exchange.hostRequest = request;
    done();
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    const exchange = CallbackExchange.of(request);
    if (!exchange) {
      done(null, payload);
      return;
    }
    capture.read(exchange, payload).then((goesOn) => {
      if (!goesOn) {
        reply.hijack();
        return;
      }
      request.rawBody = exchange.body;
      const { headers } = request.raw;
      types.set(request.raw, headers['content-type']);
      headers['content-type'] = CAPTURED_TYPE;
      done(null, Readable.from([]));
    }, done);
  });
  app.addContentTypeParser(CAPTURED_TYPE, (request, _payload, done) => {
    request.raw.headers['content-type'] = types.get(request.raw);
    done(null);
  });
  capture.isInstalled = true;
}

/** The Content-Type that OSS sent, while the parser's own stands in its place. */
const types = new WeakMap<IncomingMessage, string | undefined>();

/** Nest takes the slash at the end off its routes, and Fastify does not forgive one in a URL as Express does. */
function withoutLastSlash(url: string): string {
  return url.replace(/^([^?]*[^/?])\/(?=\?|$)/, '$1');
}
