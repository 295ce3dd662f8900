import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { CallbackCapture } from './callback-capture.js';
import { CallbackExchange } from './callback-exchange.js';

type Next = (error?: unknown) => void;
type ExpressRequest = IncomingMessage & { rawBody?: Buffer; _body?: boolean };

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
  // Before Express gives the response another prototype: from then on each change to it is slow.
  server?.prependListener('request', (request, response) => void capture.open(request, response));
  app.use(function ossCallbackCapture(request, response, next) {
    const exchange = CallbackExchange.of(request) ?? capture.open(request, response);
    if (!exchange) {
      next();
      return;
    }
    capture.read(exchange).then((goesOn) => {
      request.rawBody = exchange.body;
      request._body = true; // tells body parsers that there is nothing left to read
      if (goesOn) next();
    }, next);
  });
  // A host's own parsers are mounted before Nest starts, so this layer moves to the front.
  const stack = app.router?.stack ?? [];
  const layer = stack.pop();
  if (layer) stack.unshift(layer);
  capture.isInstalled = true;
}
