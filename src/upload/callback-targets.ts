import { OssCallbackError } from '../oss-callback.errors.js';

/** A route that OSS can be told to call. */
export interface CallbackTarget {
  /** By which an upload request chooses it; routes without a name share `default`. */
  name: string;
  /** Complete URL, as OSS will request it. */
  url: string;
}

/** The app's callback URLs by name; filled when the app has started and its routes are known. */
export class CallbackTargets {
  private byDefault: string | undefined;
  private byName: ReadonlyMap<string, string> = new Map();

  /** @param byDefault URL of uploads that name no callback; absent where the app has several routes or none */
  set(targets: readonly CallbackTarget[], byDefault: string | undefined): void {
    this.byName = new Map(targets.map(({ name, url }) => [name, url]));
    this.byDefault = byDefault;
  }

  /** @throws OssCallbackError `INVALID_UPLOAD_REQUEST` */
  urlOf(name: string | undefined): string {
    const url = name === undefined ? this.byDefault : this.byName.get(name);
    if (url !== undefined) return url;
    const known = [...this.byName.keys()].map((key) => JSON.stringify(key)).join(', ');
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      name === undefined
        ? `The upload names no "callback", and the app has ${this.byName.size} routes to choose from (${known || 'none'}). Name one, or set the option "callback.url".`
        : `The upload's "callback" is ${JSON.stringify(name)}; the app's @OssCallback routes are named ${known || '(none)'}.`,
    );
  }
}
