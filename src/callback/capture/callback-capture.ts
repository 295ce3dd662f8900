import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { OssCallbackError } from '../../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { CallbackRoutes } from '../../routes/callback-routes.js';
import { CallbackRefusals } from '../answer/callback-refusals.js';
import { arrivalMs, discardMs, drainMs } from '../time-budget.js';
import { ArrivingBodies } from './arriving-bodies.js';
import { CallbackExchange } from './callback-exchange.js';
import { CallbacksInFlight } from './callbacks-in-flight.js';
import { Deadline } from './deadline.js';
import { discardBody, endWithAnswer, readBody } from './read-body.js';

/**
 * Takes the bytes of a callback before any parser of the host sees them. It concerns requests to the app's callback
 * routes alone; every other request passes untouched. What differs between the platforms stands in two small files.
 */
export class CallbackCapture {
  /** Whether the platform hands requests to this. */
  isInstalled = false;
  private readonly callbacks: CallbacksInFlight;
  private readonly arriving: ArrivingBodies;

  constructor(
    private readonly routes: CallbackRoutes,
    private readonly options: ResolvedOssCallbackOptions,
    private readonly refusals: CallbackRefusals,
  ) {
    this.callbacks = new CallbacksInFlight(options.maxCallbacksInFlight);
    this.arriving = new ArrivingBodies(options.maxCallbacksInFlight);
  }

  /** How many callbacks are worked on now. */
  get inFlight(): number {
    return this.callbacks.size;
  }

  get isDraining(): boolean {
    return this.callbacks.isDraining;
  }

  /**
   * Starts an exchange where the request goes to a callback route, and no other app on the same server has it.
   * @param target path of the request as the platform's router reads it; may have a query
   */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    target = request.url ?? '',
  ): CallbackExchange | undefined {
    if (request.method !== 'POST' || CallbackExchange.of(request)) return undefined;
    const route = this.routes.match(target);
    if (!route) return undefined;
    const exchange = CallbackExchange.open(request, response, {
      answerWithinMs: this.options.answerWithinMs,
      isAnsweredByApp: route.kind === 'guarded',
    });
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
    const { request, response, answer } = exchange;
    try {
      if (exchange.turnedAway) {
        const { maxBodyBytes, answerWithinMs } = this.options;
        await discardBody(request, maxBodyBytes, discardMs(answerWithinMs));
        throw exchange.turnedAway;
      }
      exchange.body = await this.receive(exchange, stream);
      const reason = this.callbacks.startWork(response);
      if (!reason) return true;
      exchange.turnAway(reason);
      throw reason;
    } catch (error) {
      if (!answer) {
        if (!request.complete) endWithAnswer(response);
        throw error;
      }
      this.refusals.refuse(exchange, error);
      answer.send();
      return false;
    }
  }

  private async receive(exchange: CallbackExchange, stream: Readable): Promise<Buffer> {
    const { request, deadline } = exchange;
    const withinMs = arrivalMs(this.options.answerWithinMs);
    const arrival = new Deadline(withinMs, `the body was not there after ${withinMs} ms`);
    const stop = (error: OssCallbackError) => arrival.reach(error);
    const leave = this.arriving.add(request.socket.remoteAddress, (reason) => {
      exchange.turnAway(reason);
      stop(reason);
    });
    deadline.add(stop);
    if (deadline.error) stop(deadline.error);
    try {
      return await readBody(request, stream, this.options.maxBodyBytes, arrival);
    } finally {
      deadline.delete(stop);
      arrival.clear();
      leave();
    }
  }
}
