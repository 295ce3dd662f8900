import { OssCallbackError } from '../common/errors.js';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** A route that OSS can be told to call. */
export interface CallbackTarget {
  /** By which an upload request chooses it; routes without a name share `default`. */
  name: string;
  /** Complete URL, as OSS will request it. */
  url: string;
  /** What its method reads as custom variables; absent where it takes any. */
  variablesType?: CustomVariablesType;
}

/** The app's callback URLs by name; filled when the app has started and its routes are known. */
export class CallbackTargets {
  private byDefault: readonly string[] = [];
  private byName: ReadonlyMap<string, string> = new Map();
  private typeByUrl: ReadonlyMap<string, CustomVariablesType | undefined> = new Map();

  /** @param byDefault URLs of uploads that name no callback; none where the app has several routes, or no route */
  set(targets: readonly CallbackTarget[], byDefault: readonly string[]): void {
    this.byName = new Map(targets.map(({ name, url }) => [name, url]));
    this.typeByUrl = new Map(targets.map(({ url, variablesType }) => [url, variablesType]));
    this.byDefault = byDefault;
  }

  /** What the route behind a URL reads; a query does not count. */
  variablesTypeOf(url: string | undefined): CustomVariablesType | undefined {
    return this.typeByUrl.get(url?.split('?')[0] ?? '');
  }

  /** @throws OssCallbackError `INVALID_UPLOAD_REQUEST` */
  urlsOf(name: string | undefined): readonly string[] {
    if (name === undefined && this.byDefault.length > 0) return this.byDefault;
    const url = name === undefined ? undefined : this.byName.get(name);
    if (url !== undefined) return [url];
    const known = [...this.byName.keys()].map((key) => JSON.stringify(key)).join(', ');
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      name === undefined
        ? `The upload names no "callback", and the app has ${this.byName.size} routes to choose from (${known || 'none'}). Name one, or set the option "callback.url".`
        : `The upload's "callback" is ${JSON.stringify(name)}; the app's @OssCallback routes are named ${known || '(none)'}.`,
    );
  }
}
