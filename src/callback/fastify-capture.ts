import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Installs the capture as root hooks, which hold for every route that is registered later. */
export function captureOnFastify(app: FastifyApp, capture: CallbackCapture): void {
  app.addHook('onRequest', (request, reply, done) => {
    capture.open(request.raw, reply.raw);
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
      request.raw.headers['content-type'] = CAPTURED_TYPE;
      done(null, Readable.from([]));
    }, done);
  });
  app.addContentTypeParser(CAPTURED_TYPE, (_request, _payload, done) => done(null));
}
