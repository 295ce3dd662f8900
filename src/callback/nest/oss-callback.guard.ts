import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { OSS_CALLBACK_OPTIONS, type ResolvedOssCallbackOptions } from '../../options/options.js';
import { CallbackGuard } from '../../routes/callback-metadata.js';
import { CallbackExchange } from '../capture/callback-exchange.js';
import { CallbackHandling } from '../callback-handling.js';
import { CallbackVerifier } from '../verification/callback-verifier.js';

type HostRequest = (IncomingMessage | { raw: IncomingMessage }) & {
  rawBody?: Buffer;
  body?: unknown;
};

/**
 * Lets a request pass that OSS signed and that carries a ticket of this app. `@OssCallback` brings it along; used
 * alone, the object is not confirmed and nothing is recorded.
 *
 * Throws an `OssCallbackError` otherwise: 400 malformed, 401 unsigned, 403 not genuine, 413 too large, 503 where the
 * key cannot be had.
 */
@CallbackGuard()
@Injectable()
export class OssCallbackGuard implements CanActivate {
  constructor(
    private readonly verifier: CallbackVerifier,
    @Inject(OSS_CALLBACK_OPTIONS) private readonly options: ResolvedOssCallbackOptions,
    private readonly handling: CallbackHandling,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HostRequest>();
    const exchange = CallbackExchange.of(request) ?? this.openFromHost(request);
    exchange.verified = await this.verifier.verify(exchange);
    exchange.handling = this.handling;
    request.body = exchange.plainBody;
    return true;
  }

  /** For hosts whose requests do not come through Nest's own router: their `rawBody` will do. */
  private openFromHost(request: HostRequest): CallbackExchange {
    const raw = 'raw' in request ? request.raw : request;
    const exchange = CallbackExchange.open(raw, this.options.answerWithinMs);
    if (Buffer.isBuffer(request.rawBody)) exchange.body = request.rawBody;
    return exchange;
  }
}
