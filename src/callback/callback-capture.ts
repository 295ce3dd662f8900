import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ResolvedOssCallbackOptions } from '../oss-callback.options.js';
import { CallbackExchange } from './callback-exchange.js';
import { CallbackRefusals } from './callback-refusals.js';
import { CallbackRoutes } from './callback-routes.js';
import { readBody } from './read-body.js';

/**
 * Takes the bytes of a callback before any parser of the host sees them. It concerns requests to the app's callback
 * routes alone; every other request passes untouched. What differs between the platforms stands in two small files.
 */
export class CallbackCapture {
  constructor(
    private readonly routes: CallbackRoutes,
    private readonly options: ResolvedOssCallbackOptions,
    private readonly refusals: CallbackRefusals,
  ) {}

  /** Starts an exchange where the request goes to a callback route. */
  open(request: IncomingMessage, response: ServerResponse): CallbackExchange | undefined {
    const route = request.method === 'POST' ? this.routes.match(request.url ?? '') : undefined;
    if (!route) return undefined;
    const { answerWithinMs } = this.options;
    if (route.kind === 'guarded') return CallbackExchange.open(request, answerWithinMs);
    const exchange = CallbackExchange.open(request, answerWithinMs, response);
    exchange.onDeadline = (error) => this.refusals.refuse(exchange, error);
    exchange.answer!.onUnsettledEnd = (status) => this.refusals.refuseForHost(exchange, status);
    return exchange;
  }

  /**
   * Reads the body into the exchange.
   * @returns whether the request goes on to the host; if not, it was answered
   */
  async read(exchange: CallbackExchange, stream: Readable = exchange.request): Promise<boolean> {
    try {
      const { request, signal } = exchange;
      exchange.body = await readBody(request, stream, this.options.maxBodyBytes, signal);
      return true;
    } catch (error) {
      if (!exchange.answer) throw error;
      this.refusals.refuse(exchange, error);
      exchange.answer.send();
      return false;
    }
  }
}
