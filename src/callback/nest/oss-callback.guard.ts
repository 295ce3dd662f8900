import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { CallbackGuard, routeNameOf } from '../../routes/callback-metadata.js';
import { CallbackExchange } from '../capture/callback-exchange.js';
import { CallbackServices } from './callback-services.js';

type HostRequest = (IncomingMessage | { raw: IncomingMessage }) & {
  rawBody?: Buffer;
  body?: unknown;
};

/**
 * Lets a request pass that OSS signed and that carries a ticket of this app for this URL and route. `@OssCallback`
 * brings it along; used alone, the object is not confirmed and nothing is recorded. With a ticket, path parameters and
 * query are as in the callback URL that the app gave to OSS; without (`tickets.required: false`), whoever had the
 * callback signed chose them. Headers are never signed.
 *
 * Throws an `OssCallbackError` otherwise: 400 malformed, 401 unsigned, 403 not genuine, 413 too large, 503 where the
 * key cannot be had.
 */
@CallbackGuard()
@Injectable()
export class OssCallbackGuard implements CanActivate {
  constructor(private readonly moduleRef: ModuleRef) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { handling, options, verifier } = CallbackServices.of(this.moduleRef);
    const request = context.switchToHttp().getRequest<HostRequest>();
    const exchange = CallbackExchange.of(request) ?? openFromHost(request, options.answerWithinMs);
    exchange.verified = await verifier.verify(exchange, routeNameOf(context.getHandler()));
    exchange.handling = handling;
    request.body = exchange.plainBody;
    return true;
  }
}

/** For hosts whose requests do not come through Nest's own router: their `rawBody` will do. */
function openFromHost(request: HostRequest, answerWithinMs: number): CallbackExchange {
  const raw = 'raw' in request ? request.raw : request;
  const exchange = CallbackExchange.open(raw, answerWithinMs);
  if (Buffer.isBuffer(request.rawBody)) exchange.body = request.rawBody;
  return exchange;
}
