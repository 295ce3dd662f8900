import { isObservable, lastValueFrom } from 'rxjs';
import { OssCallbackError } from '../common/errors.js';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';
import { toVariablesDto } from '../variables/custom-variables.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { CallbackAcceptance } from './callback-acceptance.js';
import type { CallbackExchange, VerifiedCallbackHandling } from './capture/callback-exchange.js';
import type { CallbackRefusals } from './answer/callback-refusals.js';
import { publishStep } from '../common/callback-steps.js';

/** The upload becomes durable, then the method builds the answer. */
export class CallbackHandling implements VerifiedCallbackHandling {
  constructor(
    private readonly acceptance: CallbackAcceptance,
    private readonly refusals: CallbackRefusals,
  ) {}

  async handle(
    exchange: CallbackExchange,
    variablesTypeOf: () => CustomVariablesType | undefined,
    callMethod: () => unknown,
  ): Promise<void> {
    try {
      await this.tryToHandle(exchange, variablesTypeOf, callMethod);
    } catch (error) {
      // settled here, where no interceptor of the host can catch it
      throw this.refusals.refuse(exchange, error);
    }
  }

  private async tryToHandle(
    exchange: CallbackExchange,
    variablesTypeOf: () => CustomVariablesType | undefined,
    callMethod: () => unknown,
  ): Promise<void> {
    const callback = exchange.verified!;
    publishStep(() => ({
      step: 'verified',
      uploadId: callback.terms?.uploadId,
      object: callback.system.object,
    }));
    // A ticket's variables were good when the upload was authorised: no class stands between such an upload and its row.
    if (!callback.terms) checkVariables(variablesTypeOf(), callback);
    const upload = await this.acceptance.accept(exchange, callback);
    if (exchange.answer?.isSettled) return; // its handlers took longer than the answer could wait
    // An upload that is not completed has no answer of the method yet.
    exchange.accept(upload.status === 'completed' ? await settled(callMethod()) : undefined);
  }
}

/** What the method cannot be given is refused before anything is recorded. */
function checkVariables(
  type: CustomVariablesType | undefined,
  { variables }: VerifiedCallback,
): void {
  const read = type && toVariablesDto(type, variables);
  if (read && !read.ok) {
    throw new OssCallbackError('INVALID_VARIABLES', 'The custom variables are not valid.', {
      hint: `${type.name}: ${read.problem}`,
    });
  }
}

/** As Nest does: a method may answer with a promise, or an Observable of which the last value counts. */
async function settled(returned: unknown): Promise<unknown> {
  const value = await returned;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}
