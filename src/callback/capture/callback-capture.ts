import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { CallbackRoutes } from '../../routes/callback-routes.js';
import { CallbackRefusals } from '../answer/callback-refusals.js';
import { discardMs, drainMs } from '../time-budget.js';
import {
  captured,
  type CapturedCallback,
  callbackStage,
  type CallbackStage,
  type OpenedCallback,
} from '../callback-stages.js';
import { ArrivingBodies, type ArrivingBody } from './arriving-bodies.js';
import { CallbackExchange } from './callback-exchange.js';
import { CallbacksInFlight } from './callbacks-in-flight.js';
import { deadlineExceeded } from './deadline.js';
import { bodyReadBefore, discardBody, endWithAnswer, readBody } from './read-body.js';

/**
 * Captures the bytes of a callback before any parser of the host sees them. It affects only requests to the app's
 * callback routes; all other requests pass untouched. What differs between the platforms is in two small files.
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
    this.arriving = new ArrivingBodies(options.answerWithinMs);
  }

  /** How many callbacks are being handled now. */
  get inFlight(): number {
    return this.callbacks.size;
  }

  get isDraining(): boolean {
    return this.callbacks.isDraining;
  }

  /**
   * Captures a request for a callback route, unless another app on the same server has it.
   * @param target path of the request as the platform's router reads it; may have a query
   */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    target = request.url ?? '',
  ): OpenedCallback | undefined {
    if (request.method !== 'POST' || callbackStage.get(request)) return undefined;
    const route = this.routes.match(target);
    if (!route) return undefined;
    const opened = this.openAnswered(request, response, route.kind === 'guarded');
    const reason = this.callbacks.enter(opened.exchange);
    if (!reason) return opened;
    this.refusals.shed(opened, reason);
    return { ...opened, shedReason: reason };
  }

  /** Takes a request that bypassed the platform's capture, so that it is refused like any other. */
  openPast(request: IncomingMessage, response: ServerResponse): OpenedCallback {
    return this.openAnswered(request, response, true);
  }

  /** Refuses callbacks from now on; waits for those in flight, as long as an answer may take. */
  drain(): Promise<void> {
    this.arriving.close();
    return this.callbacks.drain(drainMs(this.options.answerWithinMs));
  }

  /**
   * Reads the body.
   * @returns nothing if the callback was answered; the request is then not passed on to the host
   */
  async read(
    opened: OpenedCallback,
    stream: Readable = opened.request,
  ): Promise<CapturedCallback | undefined> {
    const { request, exchange, shedReason } = opened;
    const { response, answer } = exchange;
    try {
      if (shedReason) {
        const { maxBodyBytes, answerWithinMs } = this.options;
        await discardBody(request, maxBodyBytes, discardMs(answerWithinMs));
        throw shedReason;
      }
      const callback = captured(opened, await this.receive(opened, stream));
      if (exchange.deadline.isReached) throw tooLate(opened);
      const reason = this.callbacks.startWork(response);
      if (reason) {
        this.refusals.shed(opened, reason);
        throw reason;
      }
      callbackStage.set(request, callback);
      return callback;
    } catch (error) {
      this.refusals.refuse(opened, error);
      if (!answer) {
        if (!request.complete) endWithAnswer(response);
        throw error;
      }
      answer.send();
      return undefined;
    }
  }

  private openAnswered(
    request: IncomingMessage,
    response: ServerResponse,
    isAnsweredByApp: boolean,
  ): OpenedCallback {
    const stage = () => callbackStage.get(request)!;
    const refuse = (error: unknown) => this.refusals.refuse(stage(), error);
    const exchange = new CallbackExchange(response, {
      answerWithinMs: this.options.answerWithinMs,
      isAnsweredByApp,
      refuse,
      onExpired: () => void refuse(tooLate(stage())),
      onEndedByApp: (status) => void refuse(endedByApp(status)),
    });
    const opened = { request, exchange, url: request.url ?? '', receivedAt: new Date() };
    callbackStage.set(request, opened);
    return opened;
  }

  private receive(opened: OpenedCallback, stream: Readable): Buffer | Promise<Buffer> {
    const { request, exchange } = opened;
    const { maxBodyBytes } = this.options;
    if (exchange.deadline.isReached) throw tooLate(opened);
    return stream.readableDidRead || stream.readableEnded
      ? bodyReadBefore(request, maxBodyBytes)
      : readBody(request, stream, maxBodyBytes, (giveUp) => this.arrive(opened, giveUp));
  }

  /** The arriving bodies have a time of their own. */
  private arrive(opened: OpenedCallback, giveUp: (reason: OssCallbackError) => void): ArrivingBody {
    const { request, exchange } = opened;
    const { deadline } = exchange;
    const { grow, leave } = this.arriving.add(request.socket.remoteAddress, (reason) => {
      if (reason.code === 'OVERLOADED') this.refusals.shed(opened, reason);
      giveUp(reason);
    });
    deadline.hold();
    return {
      grow,
      leave: () => {
        leave();
        deadline.resume();
      },
    };
  }
}

/** For the stages in which nothing of this package waits for the deadline: those that do name their step themselves. */
function tooLate({ body, verdict }: CallbackStage): OssCallbackError {
  if (!body) return deadlineExceeded(logText`its body had not arrived by then`);
  if (!verdict) {
    return deadlineExceeded(
      logText`it was not verified by then: middleware or a guard of the app had not finished`,
    );
  }
  return deadlineExceeded(
    logText`it was verified, but not recorded by then: a guard or an interceptor of the app had not finished`,
  );
}

/** A middleware of the app answered, or a filter that is nearer to the route than this package's. */
function endedByApp(status: number): OssCallbackError {
  return new OssCallbackError('REFUSED_BY_APP', 'The app refused the callback.', {
    status,
    hint: logText`the app itself sent a response with status ${status} before the @OssCallback route did`,
  });
}
