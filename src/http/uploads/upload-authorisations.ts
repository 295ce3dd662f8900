import { OssCallbackError } from '../../common/errors.js';
import { Semaphore } from '../../common/semaphore.js';
import type { MultipartAuthorisation } from '../../upload/authorize/multipart-request.js';
import type { OssUploadService } from '../../upload/oss-upload.service.js';
import type {
  PostObjectAuthorisation,
  PutObjectAuthorisation,
} from '../../upload/upload-request.js';
import { type PlannedUpload, planUpload } from './plan-upload.js';
import { type Refusable, returnRefusal } from './refusable.js';
import type { CheckedUploadControllerOptions } from './upload-controller-options.js';
import type { AnyUploadWish } from './upload-wish.js';

/** Each initiates an upload at OSS. */
const MULTIPARTS_AT_ONCE = 4;
/** In one answer, however many files are in the request. Clients ask for the others as they get there. */
const PARTS_OF_ALL = 1_000;

/**
 * How to send a file, and the authorisation to send it with.
 * @inline
 */
export type CarriedAuthorisation =
  | {
      /** How to send the file. */
      carrier: 'form';
      /** A form. */
      authorisation: PostObjectAuthorisation;
    }
  | {
      /** How to send the file. */
      carrier: 'put';
      /** A presigned PUT. */
      authorisation: PutObjectAuthorisation;
    }
  | {
      /** How to send the file. */
      carrier: 'multipart';
      /** An initiated multipart upload. */
      authorisation: MultipartAuthorisation;
    };

/**
 * Authorises the uploads that clients requested. The app decides about all of them before anything is written; then one
 * that fails does not affect the others.
 * @returns in the order of the wishes
 */
export async function authorizeWishes(
  wishes: readonly Refusable<AnyUploadWish>[],
  request: unknown,
  options: CheckedUploadControllerOptions,
  uploads: OssUploadService,
): Promise<Refusable<CarriedAuthorisation>[]> {
  const owner = await options.ownerOf?.(request);
  const planned: Refusable<PlannedUpload>[] = [];
  for (const wish of wishes) {
    planned.push(
      wish instanceof OssCallbackError ? wish : await plan(wish, request, owner, options),
    );
  }
  const multiparts = {
    turns: new Semaphore(MULTIPARTS_AT_ONCE),
    presignedParts: Math.floor(PARTS_OF_ALL / Math.max(1, planned.filter(isMultipart).length)),
  };
  // Forms are authorised in the same turn, so that their tickets share an INSERT.
  return Promise.all(
    planned.map(async (upload) =>
      upload instanceof OssCallbackError
        ? upload
        : authorize(upload, uploads, multiparts).catch(returnRefusal),
    ),
  );
}

async function plan(
  wish: AnyUploadWish,
  request: unknown,
  owner: string | undefined,
  options: CheckedUploadControllerOptions,
): Promise<Refusable<PlannedUpload>> {
  const permission = await options.authorize(wish, request);
  try {
    return planUpload(wish, permission, owner, options);
  } catch (error) {
    return returnRefusal(error);
  }
}

async function authorize(
  { carrier, request: { partSizeBytes, ...request }, sizeBytes }: PlannedUpload,
  uploads: OssUploadService,
  { turns, presignedParts }: { turns: Semaphore; presignedParts: number },
): Promise<CarriedAuthorisation> {
  if (carrier === 'form') {
    return { carrier, authorisation: await uploads.authorizePostObject(request) };
  }
  if (carrier === 'put') {
    return { carrier, authorisation: await uploads.authorizePutObject(request) };
  }
  const parts = { sizeBytes, partSizeBytes, presignedParts };
  return turns.run(async () => ({
    carrier,
    authorisation: await uploads.authorizeMultipart({ ...request, ...parts }),
  }));
}

function isMultipart(upload: Refusable<PlannedUpload>): boolean {
  return !(upload instanceof OssCallbackError) && upload.carrier === 'multipart';
}
