import type { Type } from '@nestjs/common';
import { getRouteMetadata } from '../../routes/callback-metadata.js';
import type { UploadRequest } from '../../upload/upload-request.js';
import type { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { ControllerOptions, type Guard, type OwnerOf } from '../controller-options.js';
import type { UploadRefusal } from './upload-refusal.js';
import type { AnyUploadWish, UploadCarrier, UploadWish } from './upload-wish.js';

/** Files up to this size are sent as one form. */
const DEFAULT_MULTIPART_ABOVE_BYTES = 32 * 1024 * 1024;

/**
 * The upload that `authorize` allows.
 * @category Upload controller
 */
export interface UploadPermission extends UploadRequest {
  /** How the file is sent. Default: by its size, among what the client is able to do. */
  carrier?: UploadCarrier;
  /** Size of the parts of a multipart upload, as in {@link MultipartRequest}. */
  partSizeBytes?: number;
}

/**
 * The method whose return value is the response to the uploads: an `@OssCallback` route.
 * @category Upload controller
 */
export interface AnsweringRoute<Controller, Method> {
  /** The class of the controller. */
  controller: new (...args: never[]) => Controller;
  /** Name of its method. */
  method: Method;
}

/**
 * Options of {@link createOssUploadController}.
 * @category Upload controller
 */
export interface UploadControllerOptions<
  Wishes extends object | undefined = undefined,
  Variables extends CustomVariablesDto | undefined = undefined,
  Reason extends string = string,
  Controller = unknown,
  Method extends keyof Controller = keyof Controller,
> {
  /** Path prefix of the routes. Default: `uploads`. */
  path?: string;
  /**
   * Guards of the app, at least one unless `public` is set: clients that pass can authorise uploads. A global guard
   * does not count, since its purpose is unknown here. Limit the number of requests here too, for example with a
   * `ThrottlerGuard`.
   */
  guards?: Guard[];
  /**
   * Whether anyone may request uploads, or `authorize` alone decides. `guards` and `ownerOf` are then optional.
   * Default: false.
   */
  public?: boolean;
  /**
   * Returns the user or tenant that a request comes from. Uploads are authorised for this owner, and another owner who
   * requests one of them gets 404. Without it (`public`), everyone who knows an upload's id can read its status.
   */
  ownerOf?: OwnerOf;
  /**
   * A class with validators of class-validator for what clients may send beside the file, such as a folder or an album.
   * Default: nothing.
   */
  wishes?: new () => Wishes;
  /**
   * A class for the custom variables that clients may send. They become the variables of the upload, unless `authorize`
   * returns others. Default: none.
   */
  variables?: new () => Variables;
  /**
   * The method that answers the uploads, for example `{ controller: PhotosController, method: 'photoUploaded' }`: OSS
   * calls its route, and a client in TypeScript knows the type of its response. Default: the callback of the options.
   */
  callback?: AnsweringRoute<Controller, Method>;
  /** Files above this size are uploaded in parts, if the client supports it. Default: 33,554,432 (32 MB). */
  multipartAboveBytes?: number;
  /**
   * Decides about one file: returns the upload to authorise, or {@link refuseUpload}. Size and type of the file are
   * compared with what the request allows, and pinned as the client announced them. For a list of files it is called
   * for one after the other, and what it throws fails the whole request before anything is authorised.
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
