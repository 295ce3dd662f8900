import 'reflect-metadata';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** Which uploads a handler is for; each property that is given must fit. */
export interface OnUploadCompletedFilter {
  /** The app's own name of a bucket, as in the option `buckets`. */
  bucket?: string;
  /** How the object's key begins. */
  objectPrefix?: string;
  /** What the object's key matches. */
  object?: RegExp;
  owner?: string;
  /** A class of the app's custom variables: the upload's variables must be valid for it. */
  variables?: CustomVariablesType;
}

const HANDLER = Symbol('ossCallback:onUploadCompleted');

/**
 * Makes a method of a provider run once per completed upload, whether its callback arrived or it was found later:
 * `(upload: OssUpload, manager: EntityManager)`. What it writes through `manager` commits together with the upload's
 * change to `completed`; where it throws, all of that is rolled back, and it is tried again later. Other effects, such
 * as mails or calls of other services, may then happen more than once: write a job through `manager` instead.
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
