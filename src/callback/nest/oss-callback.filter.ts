import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callbackStage } from '../callback-stages.js';
import { type Raw, toRaw } from '../request-slot.js';
import { CallbackServices } from './callback-services.js';

/**
 * Bound to the route, so that it takes precedence over the host's global filters: this package answers every refusal.
 */
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
    const { capture, refusals } = CallbackServices.of(this.moduleRef);
    const callback =
      callbackStage.get(request) ?? capture.openPast(toRaw(request), toRaw(response));
    const refusal = refusals.refuse(callback, error);
    if (callback.exchange.answer) toRaw(response).end();
    else this.adapterHost.httpAdapter.reply(response, refusal.getResponse(), refusal.getStatus());
  }
}
