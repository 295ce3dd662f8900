import type { Type } from '@nestjs/common';
import { getRouteMetadata } from '../../routes/callback-metadata.js';
import type { UploadRequest } from '../../upload/upload-request.js';
import type { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { ControllerOptions, type Guard, type OwnerOf } from '../controller-options.js';
import type { UploadRefusal } from './upload-refusal.js';
import type { AnyUploadWish, UploadCarrier, UploadWish } from './upload-wish.js';

/** Files up to this size are sent as one form. */
const DEFAULT_MULTIPART_ABOVE_BYTES = 32 * 1024 * 1024;

/** What `authorize` allows. */
export interface UploadPermission extends UploadRequest {
  /** How the file is sent. Default: by its size, among what the client is able to do. */
  carrier?: UploadCarrier;
  /** Of a multipart upload; see `MultipartRequest`. */
  partSizeBytes?: number;
}

/** The method that answers the uploads: an `@OssCallback` route. */
export interface AnsweringRoute<Controller, Method> {
  controller: new (...args: never[]) => Controller;
  method: Method;
}

export interface UploadControllerOptions<
  Wishes extends object | undefined = undefined,
  Variables extends CustomVariablesDto | undefined = undefined,
  Reason extends string = string,
  Controller = unknown,
  Method extends keyof Controller = keyof Controller,
> {
  /** Path prefix of the routes. Default `uploads`. */
  path?: string;
  /**
   * At least one, unless `public` is set: clients that pass can authorise uploads. A global guard does not count, since
   * its purpose is unknown here. Limit the number of requests here too, for example with a `ThrottlerGuard`.
   */
  guards?: Guard[];
  /** Says that anyone may ask for uploads, or that `authorize` alone decides. Then `guards` and `ownerOf` may be absent. */
  public?: boolean;
  /**
   * The user or tenant that a request comes from. Uploads are authorised for this owner, and another owner who asks for
   * one of them later gets 404. Without it (`public`), whoever knows an upload's id can ask for its status.
   */
  ownerOf?: OwnerOf;
  /** The class, with validators of class-validator, of what clients may wish beside the file. Default: nothing. */
  wishes?: new () => Wishes;
  /**
   * The class of the custom variables that clients may send. They become the variables of the upload, unless `authorize`
   * returns others. Default: none.
   */
  variables?: new () => Variables;
  /**
   * The method that answers the uploads, for example `{ controller: PhotosController, method: 'photoUploaded' }`: OSS
   * calls its route, and a client in TypeScript knows the type of its answer.
   */
  callback?: AnsweringRoute<Controller, Method>;
  /** Larger files are uploaded in parts, if the client is able to. Default 33,554,432 (32 MB). */
  multipartAboveBytes?: number;
  /**
   * Decides on one file: returns the upload to authorise, or {@link refuseUpload}. Size and type of the file are compared
   * with what the request allows, and pinned as announced. For a list of files it is called for one after the other, and
   * what it throws fails the whole request before anything is authorised.
   * @param request the platform's
   */
  authorize: (
    wish: UploadWish<Wishes, Variables>,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the host's own type of request
    request: any,
  ) => UploadPermission | UploadRefusal<Reason> | Promise<UploadPermission | UploadRefusal<Reason>>;
}

/** The options as the controller reads them. */
export interface CheckedUploadControllerOptions {
  path: string;
  guards: Guard[];
  /** `undefined`: uploads have no owner. */
  ownerOf: ((request: unknown) => Promise<string>) | undefined;
  wishes: Type<object> | undefined;
  variables: Type<CustomVariablesDto> | undefined;
  /** The name of the route that `callback` names, if it has one. */
  callback: string | undefined;
  multipartAboveBytes: number;
  authorize: (wish: AnyUploadWish, request: unknown) => Promise<UploadPermission | UploadRefusal>;
}

const checks = new ControllerOptions('createOssUploadController');

/** @throws OssCallbackError `INVALID_OPTIONS` */
export function checkUploadControllerOptions(
  options: UploadControllerOptions<never, never, string, never, never>,
): CheckedUploadControllerOptions {
  const { path = 'uploads', guards = [], public: isPublic = false, ownerOf } = options ?? {};
  const { wishes, variables, callback, authorize } = options ?? {};
  const { multipartAboveBytes = DEFAULT_MULTIPART_ABOVE_BYTES } = options ?? {};
  if (typeof isPublic !== 'boolean') throw checks.invalid('public', 'is not true or false.');
  const checkedGuards = checks.checkGuards(guards);
  if (checkedGuards.length === 0 && !isPublic) {
    throw checks.invalid(
      'guards',
      'is empty: anyone could upload. Name a guard of the app, or set "public: true".',
    );
  }
  if (ownerOf === undefined && !isPublic) {
    throw checks.invalid(
      'ownerOf',
      'is missing: users could ask for the uploads of others. Write (request) => request.user.id, or set "public: true".',
    );
  }
  if (typeof authorize !== 'function') {
    throw checks.invalid(
      'authorize',
      "is not a function. Write (wish, request) => ({ objectPrefix: 'photos/', maxSizeBytes: 10_000_000 }).",
    );
  }
  if (!Number.isSafeInteger(multipartAboveBytes) || multipartAboveBytes < 0) {
    throw checks.invalid('multipartAboveBytes', 'is not a whole number of bytes.');
  }
  return {
    path: checks.checkPath(path, 'photos/uploads'),
    guards: checkedGuards,
    ownerOf: ownerOf && checks.checkOwnerOf(ownerOf),
    wishes: checkClass('wishes', wishes),
    variables: checkClass('variables', variables),
    callback: callback && nameOfRoute(callback),
    multipartAboveBytes,
    authorize: async (wish, request) => authorize(wish as never, request),
  };
}

function checkClass<T>(option: string, type: unknown): Type<T> | undefined {
  if (type === undefined || typeof type === 'function') return type as Type<T> | undefined;
  throw checks.invalid(option, 'is not a class. Give the class itself, such as FolderWishes.');
}

function nameOfRoute({ controller, method }: AnsweringRoute<never, never>): string | undefined {
  const prototype = controller?.prototype as Record<string, unknown> | undefined;
  const route = prototype?.[method as string];
  const metadata = typeof route === 'function' ? getRouteMetadata(route) : undefined;
  if (metadata) return metadata.name;
  throw checks.invalid(
    'callback',
    'names no method with @OssCallback. Write { controller: PhotosController, method: "photoUploaded" }.',
  );
}
