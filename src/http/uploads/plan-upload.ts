import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { allowsContentType, mediaRangeOf, onlyTypeOf } from '../../variables/media-range.js';
import type {
  CheckedUploadControllerOptions,
  UploadPermission,
} from './upload-controller-options.js';
import { type BuiltInRefusalReason, isRefusal, type UploadRefusal } from './upload-refusal.js';
import type { AnyUploadWish, UploadCarrier, WishedFile } from './upload-wish.js';

/** An upload to authorise, and how. */
export interface PlannedUpload {
  carrier: UploadCarrier;
  request: UploadPermission;
  sizeBytes: number;
}

/**
 * What the app's permission makes of a wish.
 * @param owner `undefined` if the app has no owners
 * @throws OssCallbackError `UPLOAD_REFUSED`; `INVALID_OPTIONS` if the permission is none
 */
export function planUpload(
  wish: AnyUploadWish,
  permission: UploadPermission | UploadRefusal,
  owner: string | undefined,
  { callback, multipartAboveBytes }: CheckedUploadControllerOptions,
): PlannedUpload {
  if (typeof permission !== 'object' || permission === null) {
    throw mistake('returned neither an upload request nor refuseUpload(...)');
  }
  if (isRefusal(permission)) throw refused(permission.reason, permission.message);
  checkOwner(permission.owner, owner);
  const { file, carriers } = wish;
  const { carrier = carrierFor(file, carriers, multipartAboveBytes), ...request } = permission;
  if (!carriers.includes(carrier)) {
    throw refusedHere('carrier', `The file can only be sent as ${carrier}.`);
  }
  return {
    carrier,
    request: { callback, variables: wish.variables, ...fitted(request, file), owner },
    sizeBytes: file.size,
  };
}

function carrierFor(
  { size }: WishedFile,
  carriers: readonly UploadCarrier[],
  multipartAboveBytes: number,
): UploadCarrier {
  const isLarge = size > multipartAboveBytes;
  const order: UploadCarrier[] = isLarge
    ? ['multipart', 'form', 'put']
    : ['form', 'put', ...(size > 0 ? (['multipart'] as const) : [])];
  return order.find((carrier) => carriers.includes(carrier)) ?? order[0]!;
}

/** The request, for exactly the file that the client announced. A mistake of the app is left for the service to name. */
function fitted(request: UploadPermission, { size, type }: WishedFile): UploadPermission {
  const { minSizeBytes = 0, maxSizeBytes = Infinity, contentType, contentTypes = [] } = request;
  if (size > maxSizeBytes) {
    throw refusedHere(
      'too-large',
      `The file has ${size} bytes; at most ${maxSizeBytes} are allowed.`,
    );
  }
  if (size < minSizeBytes) {
    throw refusedHere(
      'too-small',
      `The file has ${size} bytes; at least ${minSizeBytes} are required.`,
    );
  }
  const isLimited = size >= minSizeBytes && size <= maxSizeBytes;
  const exactSize = isLimited ? { minSizeBytes: size, maxSizeBytes: size } : {};
  if (contentType !== undefined || !Array.isArray(contentTypes))
    return { ...request, ...exactSize };
  const ranges = contentTypes.flatMap((range: unknown) => mediaRangeOf(String(range)) ?? []);
  const known = type || onlyTypeOf(ranges) || 'application/octet-stream';
  if (!allowsContentType(ranges, known)) {
    throw refusedHere(
      'wrong-type',
      `The file has the type "${known}"; allowed are ${ranges.join(', ')}.`,
    );
  }
  return { ...request, ...exactSize, contentType: known };
}

function refusedHere(reason: BuiltInRefusalReason, message: string): OssCallbackError {
  return refused(reason, message);
}

/** The owner is what later requests are compared with, so it has one source. */
function checkOwner(named: string | undefined, owner: string | undefined): void {
  if (named === undefined || named === owner) return;
  throw mistake(
    owner === undefined
      ? 'returned an owner without the option "ownerOf", so the owner could not query the upload'
      : 'returned a different owner than "ownerOf"',
  );
}

function refused(reason: string, message: string): OssCallbackError {
  return new OssCallbackError('UPLOAD_REFUSED', message, { reason });
}

function mistake(problem: string): OssCallbackError {
  return new OssCallbackError('INVALID_OPTIONS', 'The upload could not be authorised.', {
    hint: logText`createOssUploadController: authorize ${unquoted(problem)}`,
  });
}
