import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { CallbackExchange } from './callback-exchange.js';
import { CallbackRefusals } from '../answer/callback-refusals.js';
import { CallbackRoutes } from '../../routes/callback-routes.js';
import { CallbacksInFlight } from './callbacks-in-flight.js';
import { discardBody, readBody } from './read-body.js';
import { discardMs, drainMs } from '../time-budget.js';

/**
 * Takes the bytes of a callback before any parser of the host sees them. It concerns requests to the app's callback
 * routes alone; every other request passes untouched. What differs between the platforms stands in two small files.
 */
export class CallbackCapture {
  /** Whether the platform hands requests to this. */
  isInstalled = false;
  private readonly callbacks: CallbacksInFlight;

  constructor(
    private readonly routes: CallbackRoutes,
    private readonly options: ResolvedOssCallbackOptions,
    private readonly refusals: CallbackRefusals,
  ) {
    this.callbacks = new CallbacksInFlight(options.maxCallbacksInFlight);
  }

  /** How many callbacks are worked on now. */
  get inFlight(): number {
    return this.callbacks.size;
  }

  get isDraining(): boolean {
    return this.callbacks.isDraining;
  }

  /** Starts an exchange where the request goes to a callback route, and no other app on the same server has it. */
  open(request: IncomingMessage, response: ServerResponse): CallbackExchange | undefined {
    if (CallbackExchange.of(request)) return undefined;
    const route = request.method === 'POST' ? this.routes.match(request.url ?? '') : undefined;
    if (!route) return undefined;
    const { answerWithinMs } = this.options;
    // Where the guard is used alone, the app answers.
    const own = route.kind === 'guarded' ? undefined : response;
    const exchange = CallbackExchange.open(request, answerWithinMs, own);
    exchange.onDeadline = (error) => this.refusals.refuse(exchange, error);
    if (exchange.answer) {
      exchange.answer.onUnsettledEnd = (status) => this.refusals.refuseForHost(exchange, status);
    }
    const reason = this.callbacks.enter(response, exchange.deadline);
    if (reason) exchange.turnAway(reason);
    return exchange;
  }

  /** From now on callbacks are turned away; waits for those in flight, as long as an answer may take. */
  drain(): Promise<void> {
    return this.callbacks.drain(drainMs(this.options.answerWithinMs));
  }

  /**
   * Reads the body into the exchange.
   * @returns whether the request goes on to the host; if not, it was answered
   */
  async read(exchange: CallbackExchange, stream: Readable = exchange.request): Promise<boolean> {
    try {
      const { request, deadline } = exchange;
      const { maxBodyBytes, answerWithinMs } = this.options;
      if (exchange.turnedAway) {
        await discardBody(request, maxBodyBytes, discardMs(answerWithinMs));
        throw exchange.turnedAway;
      }
      exchange.body = await readBody(request, stream, maxBodyBytes, deadline);
      return true;
    } catch (error) {
      if (!exchange.answer) throw error;
      this.refusals.refuse(exchange, error);
      exchange.answer.send();
      return false;
    }
  }
}
