import {
  type CallHandler,
  type ClassSerializerInterceptor,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { publishStep } from '../../common/callback-steps.js';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import { getRouteMetadata } from '../../routes/callback-metadata.js';
import type { CustomVariablesType } from '../../variables/custom-variables.dto.js';
import { answerCallback } from '../answer/callback-answer.js';
import { startStep } from '../capture/deadline.js';
import {
  callbackStage,
  type CallbackStage,
  type GenuineCallback,
  recorded,
} from '../callback-stages.js';
import type { Raw } from '../request-slot.js';
import { findSerializers, serialized } from './app-serializers.js';
import { CallbackServices } from './callback-services.js';
import { declaredVariables } from './declared-variables.js';

const CONFIRMING = logText`confirming the object in its bucket`;
const RECORDING = logText`recording the upload in the database`;

/**
 * Records the upload and runs its handlers, then calls the method, which builds the answer. Nest runs it inside the
 * app's global interceptors, and before any pipe.
 */
@Injectable()
export class OssCallbackInterceptor implements NestInterceptor {
  private found: CallbackServices | undefined;
  private readonly serializers = new Map<unknown, readonly ClassSerializerInterceptor[]>();

  constructor(private readonly moduleRef: ModuleRef) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const services = (this.found ??= CallbackServices.of(this.moduleRef));
    const request = context.switchToHttp().getRequest<Raw<IncomingMessage>>();
    const stage = callbackStage.get(request);
    if (!isGenuine(stage)) throw notVerified();
    try {
      const { variablesType } = getRouteMetadata(context.getHandler()) ?? {};
      await handle(stage, services, variablesType, this.serialized(next, context));
    } catch (error) {
      // settled here, where no interceptor of the host can catch it
      throw services.refusals.refuse(callbackStage.get(request) ?? stage, error);
    }
    return of(undefined);
  }

  private serialized(method: CallHandler, context: ExecutionContext): CallHandler {
    const handler = context.getHandler();
    let found = this.serializers.get(handler);
    if (!found) this.serializers.set(handler, (found = findSerializers(context, this.moduleRef)));
    return found.length === 0 ? method : serialized(method, found, context);
  }
}

async function handle(
  genuine: GenuineCallback,
  { acceptance }: CallbackServices,
  variablesType: CustomVariablesType | undefined,
  next: CallHandler,
): Promise<void> {
  const { request, exchange, verdict } = genuine;
  const { callback } = verdict;
  publishStep(() => ({
    step: 'verified',
    uploadId: callback.terms?.uploadId,
    object: callback.system.object,
  }));
  // Variables that the method cannot accept are refused before anything is recorded, unless a ticket covers them:
  // those were validated when the upload was authorised, and must not keep it from being recorded.
  if (!callback.terms && variablesType) declaredVariables(variablesType, callback.variables);
  const { deadline } = exchange;
  let step = startStep(CONFIRMING);
  // Confirming, recording and completing all continue if the answer cannot wait for them.
  const recording = acceptance.confirm(callback, exchange.elapsedMs).then((confirmation) => {
    step = startStep(RECORDING);
    return acceptance.record(callback, confirmation);
  });
  const completing = recording.then((accepted) => acceptance.complete(accepted));
  completing.catch(() => undefined);
  const { upload } = await deadline.race(recording, () => step);
  let stage = recorded(genuine, upload);
  callbackStage.set(request, stage);
  if (upload.status !== 'completed') {
    stage = recorded(genuine, await deadline.raceOr(completing, upload));
    callbackStage.set(request, stage);
  }
  if (stage.upload.status !== 'completed') {
    answerCallback(stage); // the method answers for completed uploads only
    return;
  }
  const answer = lastValueFrom(next.handle(), { defaultValue: undefined });
  answerCallback(stage, await deadline.raceOr(answer, undefined));
}

function isGenuine(stage: CallbackStage | undefined): stage is GenuineCallback {
  return stage?.verdict?.isGenuine === true;
}

function notVerified(): OssCallbackError {
  return new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: logText`OssCallbackGuard did not run before the route; does the app replace it?`,
  });
}
