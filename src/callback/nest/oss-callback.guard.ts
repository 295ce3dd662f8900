import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { quoted } from '../../common/log-text.js';
import { CallbackGuard, routeNameOf } from '../../routes/callback-metadata.js';
import { CallbackExchange } from '../capture/callback-exchange.js';
import { CallbackServices } from './callback-services.js';

type HostRequest = (IncomingMessage | { raw: IncomingMessage }) & { body?: unknown };

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
    const { handling, verifier } = CallbackServices.of(this.moduleRef);
    const request = context.switchToHttp().getRequest<HostRequest>();
    const exchange = CallbackExchange.of(request);
    if (!exchange?.body) throw notCaptured('raw' in request ? request.raw : request);
    exchange.verified = await verifier.verify(
      exchange,
      exchange.body,
      routeNameOf(context.getHandler()),
    );
    exchange.handling = handling;
    request.body = exchange.plainBody;
    return true;
  }
}

/** Such a request has no deadline and counts nowhere, whatever else the host knows of it. */
function notCaptured({ method, url }: IncomingMessage): OssCallbackError {
  if (method !== 'POST') {
    return new OssCallbackError('MALFORMED_REQUEST', 'A callback is a POST request.', {
      hint: `this one is ${quoted(method ?? '')} ${quoted(url ?? '')}`,
    });
  }
  return new OssCallbackError('BODY_NOT_CAPTURED', 'The callback could not be read.', {
    hint: `this package did not see ${quoted(url ?? '')} before the app did; is its module imported, and does nothing rewrite the URLs of requests?`,
  });
}
