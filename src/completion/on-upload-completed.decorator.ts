import 'reflect-metadata';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/**
 * Which uploads a handler runs for; all given properties must match.
 * @category Handlers
 */
export interface OnUploadCompletedFilter {
  /** The app's own name for a bucket, a key of the option `buckets`. */
  bucket?: string;
  /** A prefix of the object's key. */
  objectPrefix?: string;
  /** A pattern that the object's key must match. */
  object?: RegExp;
  /** The `owner` of the authorisation. */
  owner?: string;
  /** A class of custom variables that the upload's variables must be valid for. */
  variables?: CustomVariablesType;
}

const HANDLERS = Symbol('ossCallback:onUploadCompleted');

/** Filters by method. */
export type HandlerFilters = ReadonlyMap<string | symbol, readonly OnUploadCompletedFilter[]>;

/**
 * Runs a provider's method once per completed upload, whether its callback arrived or the reconciliation found it:
 * `(upload: OssUpload, manager: EntityManager)`. Writes through `manager` commit together with the upload's change to
 * `completed`. If a handler throws, they are rolled back, and all handlers of the upload run again later. Other effects,
 * such as emails or calls to other services, may then happen more than once: write a job through `manager` instead.
 *
 * ```ts
 * @OnUploadCompleted({ objectPrefix: 'avatars/' })
 * async setAvatar(upload: OssUpload, manager: EntityManager) {
 *   await manager.update(User, { id: upload.owner }, { avatar: upload.object });
 * }
 * ```
 * @category Handlers
 */
export function OnUploadCompleted(filter: OnUploadCompletedFilter = {}): MethodDecorator {
  return (prototype, method) => {
    const own = Reflect.getOwnMetadata(HANDLERS, prototype) as HandlerFilters | undefined;
    const filters = [...(own?.get(method) ?? []), filter];
    Reflect.defineMetadata(HANDLERS, new Map([...(own ?? []), [method, filters]]), prototype);
  };
}

/**
 * The handlers of a class, with those that it inherits. They are noted by name: neither a decorator that replaces the
 * method nor a subclass that overrides it loses them.
 */
export function getHandlerFilters(prototype: object): HandlerFilters {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  const own = Reflect.getOwnMetadata(HANDLERS, prototype) as HandlerFilters | undefined;
  return new Map([...(parent ? getHandlerFilters(parent) : []), ...(own ?? [])]);
}
