import 'reflect-metadata';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** Which uploads a handler runs for; all given properties must match. */
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

const HANDLER = Symbol('ossCallback:onUploadCompleted');

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
 */
export function OnUploadCompleted(filter: OnUploadCompletedFilter = {}): MethodDecorator {
  return (_target, _method, descriptor: PropertyDescriptor) => {
    Reflect.defineMetadata(HANDLER, filter, descriptor.value as object);
  };
}

export function getHandlerFilter(method: object): OnUploadCompletedFilter | undefined {
  return Reflect.getMetadata(HANDLER, method) as OnUploadCompletedFilter | undefined;
}
