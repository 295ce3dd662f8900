import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { CallbackCapture } from './callback-capture.js';
import { CallbackExchange } from './callback-exchange.js';

type Next = (error?: unknown) => void;
type ExpressRequest = IncomingMessage & {
  rawBody?: Buffer;
  body?: unknown;
  /** Tells body parsers that there is nothing left to read. */
  _body?: boolean;
};

/** As much of an Express app as is needed here. */
interface ExpressApp {
  use(handler: (request: ExpressRequest, response: ServerResponse, next: Next) => void): unknown;
  router?: { stack: unknown[] };
}

/**
 * Installs the capture before everything that the host mounted.
 * @param server of the app; requests may also come without it
 */
export function captureOnExpress(
  app: ExpressApp,
  server: Server | undefined,
  capture: CallbackCapture,
): void {
  const readings = new WeakMap<CallbackExchange, Promise<boolean>>();
  // Before Express gives request and response another prototype: from then on each change to them is slow.
  server?.prependListener('request', (request, response) => {
    const exchange = capture.open(request, response);
    if (!exchange) return;
    Object.assign(request, { rawBody: undefined, body: undefined, _body: true });
    const reading = capture.read(exchange);
    reading.catch(() => undefined); // told below
    readings.set(exchange, reading);
  });
  app.use(function ossCallbackCapture(request, response, next) {
    const exchange = CallbackExchange.of(request) ?? capture.open(request, response);
    if (!exchange) {
      next();
      return;
    }
    (readings.get(exchange) ?? capture.read(exchange)).then((goesOn) => {
      request.rawBody = exchange.body;
      request._body = true;
      if (goesOn) next();
    }, next);
  });
  // A host's own parsers are mounted before Nest starts, so this layer moves to the front.
  const stack = app.router?.stack ?? [];
  const layer = stack.pop();
  if (layer) stack.unshift(layer);
  capture.isInstalled = true;
}
