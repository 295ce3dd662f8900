import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallbackExchange } from '../capture/callback-exchange.js';
import { CallbackServices } from './callback-services.js';

type Raw<T> = T | { raw: T };

/** Nearer to the route than any filter of the host: each refusal is answered by this package. */
@Catch()
export class OssCallbackFilter implements ExceptionFilter {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Raw<IncomingMessage>>();
    const response = http.getResponse<Raw<ServerResponse>>();
    const exchange = CallbackExchange.of(request) ?? openFor(toRaw(request), toRaw(response));
    const refusal = CallbackServices.of(this.moduleRef).refusals.refuse(exchange, error);
    if (exchange.answer) toRaw(response).end();
    else this.adapterHost.httpAdapter.reply(response, refusal.getResponse(), refusal.getStatus());
  }
}

/** What came past the capture is refused like everything else. */
function openFor(request: IncomingMessage, response: ServerResponse): CallbackExchange {
  return CallbackExchange.open(request, response, { answerWithinMs: 1_000, isAnsweredByApp: true });
}

function toRaw<T extends object>(value: Raw<T>): T {
  return 'raw' in value ? value.raw : value;
}
