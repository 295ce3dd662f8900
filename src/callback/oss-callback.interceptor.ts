import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { OssCallbackError } from '../oss-callback.errors.js';
import { toVariablesDto } from '../variables/custom-variables.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import { CallbackAcceptance } from './callback-acceptance.js';
import { CallbackExchange } from './callback-exchange.js';
import { getVariablesType } from './callback-metadata.js';
import { CallbackRefusals } from './callback-refusals.js';
import { publishStep } from './callback-steps.js';

/** Runs after the guard: makes the upload durable, then lets the method build the answer. */
@Injectable()
export class OssCallbackInterceptor implements NestInterceptor {
  constructor(
    private readonly acceptance: CallbackAcceptance,
    private readonly refusals: CallbackRefusals,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const exchange = CallbackExchange.of(context.switchToHttp().getRequest());
    const callback = exchange?.verified;
    if (!exchange || !callback) {
      throw new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
        hint: 'OssCallbackInterceptor ran without OssCallbackGuard',
      });
    }
    try {
      await this.handle(exchange, callback, context, next);
    } catch (error) {
      // settled here, where no interceptor of the host can catch it
      throw this.refusals.refuse(exchange, error);
    }
    return of(undefined);
  }

  private async handle(
    exchange: CallbackExchange,
    callback: VerifiedCallback,
    context: ExecutionContext,
    next: CallHandler,
  ): Promise<void> {
    publishStep(() => ({
      step: 'verified',
      uploadId: callback.terms?.uploadId,
      object: callback.system.object,
    }));
    // A ticket's variables were good when the upload was authorised: such an upload is recorded in any case.
    if (!callback.terms) checkVariables(context, callback);
    const upload = await this.acceptance.accept(exchange, callback);
    if (exchange.answer?.isSettled) return; // its handlers took longer than the answer could wait
    // An upload that is not completed has no answer of the method yet.
    exchange.accept(
      upload.status === 'completed'
        ? await lastValueFrom(next.handle(), { defaultValue: undefined })
        : undefined,
    );
  }
}

/** What the method cannot be given is refused before anything is recorded. */
function checkVariables(context: ExecutionContext, callback: VerifiedCallback): void {
  const type = getVariablesType(context.getClass().prototype as object, context.getHandler().name);
  const read = type && toVariablesDto(type, callback.variables);
  if (read && !read.ok) {
    throw new OssCallbackError('INVALID_VARIABLES', 'The custom variables are not valid.', {
      hint: `${type.name}: ${read.problem}`,
    });
  }
}
