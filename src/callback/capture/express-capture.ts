import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { CallbackCapture } from './callback-capture.js';
import type { CapturedCallback } from '../callback-stages.js';
import { RequestSlot } from '../request-slot.js';

type Next = (error?: unknown) => void;
type ExpressRequest = IncomingMessage & {
  path?: string;
  rawBody?: Buffer;
  body?: unknown;
  /** Tells body parsers that there is nothing left to read. */
  _body?: boolean;
};

/** The part of an Express app that the capture uses. */
interface ExpressApp {
  use(handler: (request: ExpressRequest, response: ServerResponse, next: Next) => void): unknown;
  router?: { stack: unknown[] };
}

/**
 * Installs the capture before everything that the host mounted.
 * @param server of the app; requests may also arrive without it
 */
export function captureOnExpress(
  app: ExpressApp,
  server: Server | undefined,
  capture: CallbackCapture,
): void {
  const readings = new RequestSlot<Promise<CapturedCallback | undefined>>('reading');
  const start = (request: ExpressRequest, response: ServerResponse, target?: string) => {
    const opened = capture.open(request, response, target);
    if (!opened) return undefined;
    Object.assign(request, { body: undefined, _body: true });
    const reading = capture.read(opened);
    reading.catch(() => undefined); // the layer below hands it to the app
    readings.set(request, reading);
    return reading;
  };
  // Before Express gives request and response another prototype: from then on each change to them is slow.
  server?.prependListener('request', (request, response) => void start(request, response));
  app.use(function ossCallbackCapture(request, response, next) {
    // Express may route a URL to a callback that the listener above did not recognise: `request.path` is its reading.
    const reading = readings.get(request) ?? start(request, response, request.path);
    if (!reading) {
      next();
      return;
    }
    reading.then((callback) => {
      if (!callback) return;
      request.rawBody = callback.body;
      next();
    }, next);
  });
  // A host's own parsers are mounted before Nest starts, so this layer moves to the front.
  const stack = app.router?.stack ?? [];
  const layer = stack.pop();
  if (layer) stack.unshift(layer);
  capture.isInstalled = true;
}
