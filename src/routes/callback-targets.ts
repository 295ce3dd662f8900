import { OssCallbackError } from '../common/errors.js';
import { callbackPath } from '../protocol/callback/callback-url.js';
import type { CallbackArrival } from '../ticket/callback-arrival.js';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** A URL that uploads can give to OSS as callback URL. */
export interface CallbackTarget {
  /** Complete. */
  url: string;
  /** As in {@link CallbackArrival}; absent if another process serves the URL, so that it is unknown. */
  route?: string;
  /** The class of custom variables that the route's method declares; absent if it accepts any. */
  variablesType?: CustomVariablesType;
}

/** Where the callback of a target arrives. */
export function arrivalOf({ url, route }: CallbackTarget): CallbackArrival {
  return { path: callbackPath(url), route };
}

export interface NamedTargets {
  /** By the name of their routes. */
  byName: ReadonlyMap<string, CallbackTarget>;
  /** For uploads that name no callback; empty if the app has several routes, or none. */
  byDefault: readonly CallbackTarget[];
}

/** The app's callback URLs, known once the app has started: prefixes and versions may be set until then. */
export class CallbackTargets {
  private found: NamedTargets | undefined;

  constructor(private readonly findAll: () => NamedTargets) {}

  /** @throws OssCallbackError `INVALID_OPTIONS` if options and routes do not fit */
  start(): void {
    this.found = this.findAll();
  }

  /**
   * The targets for OSS to try, in this order; at least one.
   * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
   */
  find(name: string | undefined): readonly CallbackTarget[] {
    if (!this.found) {
      throw new OssCallbackError(
        'INVALID_UPLOAD_REQUEST',
        'The app has not started, so its callback routes are not known yet. Authorise uploads after app.init() or app.listen(), not in a constructor or in onModuleInit.',
      );
    }
    const { byName, byDefault } = this.found;
    if (name === undefined && byDefault.length > 0) return byDefault;
    const target = name === undefined ? undefined : byName.get(name);
    if (target) return [target];
    const known = [...byName.keys()].map((key) => JSON.stringify(key)).join(', ');
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      name === undefined
        ? `The upload names no "callback", and the app has ${byName.size} routes to choose from (${known || 'none'}). Name one, or set the option "callback.url".`
        : `The upload's "callback" is ${JSON.stringify(name)}; the app's @OssCallback routes whose paths have no parameters are named ${known || '(none)'}.`,
    );
  }
}
