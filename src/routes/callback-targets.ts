import { OssCallbackError } from '../common/errors.js';
import { callbackPath } from '../protocol/callback/callback-url.js';
import type { CallbackArrival } from '../ticket/callback-arrival.js';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** A URL that OSS can be told to call. */
export interface CallbackTarget {
  /** Complete. */
  url: string;
  /** As in {@link CallbackArrival}; absent where it is not known, since another process serves the URL. */
  route?: string;
  /** What the route's method reads as custom variables; absent where it takes any. */
  variablesType?: CustomVariablesType;
}

/** Where the callback of a target arrives. */
export function arrivalOf({ url, route }: CallbackTarget): CallbackArrival {
  return { path: callbackPath(url), route };
}

/** The app's callback URLs by name; filled when the app has started and its routes are known. */
export class CallbackTargets {
  private byDefault: readonly CallbackTarget[] = [];
  private byName: ReadonlyMap<string, CallbackTarget> = new Map();

  /** @param byDefault for uploads that name no callback; none where the app has several routes, or no route */
  set(byName: ReadonlyMap<string, CallbackTarget>, byDefault: readonly CallbackTarget[]): void {
    this.byName = byName;
    this.byDefault = byDefault;
  }

  /**
   * What OSS is to try, in this order; at least one.
   * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
   */
  find(name: string | undefined): readonly CallbackTarget[] {
    if (name === undefined && this.byDefault.length > 0) return this.byDefault;
    const target = name === undefined ? undefined : this.byName.get(name);
    if (target) return [target];
    const known = [...this.byName.keys()].map((key) => JSON.stringify(key)).join(', ');
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      name === undefined
        ? `The upload names no "callback", and the app has ${this.byName.size} routes to choose from (${known || 'none'}). Name one, or set the option "callback.url".`
        : `The upload's "callback" is ${JSON.stringify(name)}; the app's @OssCallback routes whose paths have no parameters are named ${known || '(none)'}.`,
    );
  }
}
