import type { ModuleRef } from '@nestjs/core';
import { OssCallbackError } from '../../common/errors.js';
import type { CallbackRefusals } from '../answer/callback-refusals.js';
import type { CallbackAcceptance } from '../callback-acceptance.js';
import type { CallbackCapture } from '../capture/callback-capture.js';
import type { PublicKeys } from '../keys/public-keys.js';
import type { CallbackVerifier } from '../verification/callback-verifier.js';

/** The services that guard, interceptor and filter of a callback route use. */
export class CallbackServices {
  constructor(
    readonly capture: CallbackCapture,
    readonly publicKeys: PublicKeys,
    readonly verifier: CallbackVerifier,
    readonly acceptance: CallbackAcceptance,
    readonly refusals: CallbackRefusals,
  ) {}

  /**
   * Nest instantiates enhancers in the module of their controller. They look up these services at the first request,
   * wherever the app imports the module, so that a controller can be tested without it.
   * @throws OssCallbackError `INVALID_OPTIONS` if the app does not import the module
   */
  static of(moduleRef: ModuleRef): CallbackServices {
    try {
      return moduleRef.get(CallbackServices, { strict: false });
    } catch (cause) {
      throw new OssCallbackError(
        'INVALID_OPTIONS',
        'The app has a callback route and no OssCallbackModule. Import OssCallbackModule.forRoot({ ... }) in the root module.',
        { cause },
      );
    }
  }
}
