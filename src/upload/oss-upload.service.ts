import type { OssUploadAudit } from '../records/oss-upload-audit.js';
import type { UploadStatusReport } from '../records/queries/upload-status.js';
import { authorizeMultipart, authorizeParts } from './authorize/authorize-multipart.js';
import {
  authorizeSdk,
  type SdkAuthorisation,
  type SdkUploadRequest,
} from './authorize/authorize-sdk.js';
import type {
  MultipartAuthorisation,
  MultipartRequest,
  PartsAuthorisation,
  PartsRequest,
  UploadFileRequest,
} from './authorize/multipart-request.js';
import { authorizePostObject } from './authorize/post-form.js';
import { authorizePostObjects } from './authorize/post-forms.js';
import type { UploadContext } from './authorize/prepare-upload.js';
import { authorizePutObject } from './authorize/presigned-put.js';
import { putObject } from './send/put-object.js';
import { uploadFile } from './send/upload-file.js';
import type {
  PostObjectAuthorisation,
  PostObjectAuthorisationRequest,
  PutObjectAuthorisation,
  PutObjectAuthorisationRequest,
  PutObjectRequest,
  UploadResult,
} from './upload-request.js';

/**
 * Authorises uploads of clients, and uploads from the app itself. Each authorisation is for one upload: it pins the
 * object, its size and type as far as OSS can enforce them, the callback, and a ticket that identifies the callback.
 *
 * Every method throws `INVALID_UPLOAD_REQUEST` before anything is written, and `DATABASE_UNAVAILABLE` if the ticket's
 * row cannot be written. What is signed with temporary credentials expires with them; see `expiresAt`.
 * @category Uploads
 */
export class OssUploadService {
  /** @internal */
  constructor(
    private readonly context: UploadContext,
    private readonly audit: Pick<OssUploadAudit, 'status'>,
  ) {}

  /** Signs a form for `multipart/form-data`. Its policy pins callback, size, type, metadata, overwriting and ACL. */
  authorizePostObject(request: PostObjectAuthorisationRequest): Promise<PostObjectAuthorisation> {
    return authorizePostObject(request, this.context);
  }

  /**
   * Signs forms for up to 500 uploads; their tickets are written with one INSERT. Each request is checked before
   * anything is written: if one is invalid, none is authorised.
   * @returns in the order of the requests
   * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` about the first invalid request; its `details.index` is the
   *   place in the list, from 0. If the database refuses some of the rows, the tickets of the others expire by
   *   themselves
   */
  authorizePostObjects(
    requests: readonly PostObjectAuthorisationRequest[],
  ): Promise<PostObjectAuthorisation[]> {
    return authorizePostObjects(requests, this.context);
  }

  /** Presigns a PUT. Callback, type, metadata, overwriting and ACL are signed; the size is checked afterwards. */
  authorizePutObject(request: PutObjectAuthorisationRequest): Promise<PutObjectAuthorisation> {
    return authorizePutObject(request, this.context);
  }

  /**
   * Initiates a multipart upload at OSS with its type, metadata, ACL and ban on overwriting, and presigns its parts,
   * its completion with the callback, its abort and the list of its parts. The size cannot be pinned: an object of
   * another size than `sizeBytes` is rejected when it is reported.
   *
   * All URLs expire at `expiresAt`: give large uploads a longer `expiresInSeconds`. OSS keeps the parts of an
   * unfinished upload until they are aborted; let a lifecycle rule of the bucket do that.
   * @throws OssCallbackError `OSS_REFUSED` or `OSS_UNAVAILABLE` if OSS did not initiate the upload; the ticket's row
   *   then expires by itself
   */
  authorizeMultipart(request: MultipartRequest): Promise<MultipartAuthorisation> {
    return authorizeMultipart(request, this.context);
  }

  /**
   * Presigns further parts of an upload with more than 1,000 of them, without a query or a request: all that is needed
   * is in the `handle` that `authorizeMultipart` returned, authenticated with the tickets' secrets. A handle may be
   * sent to the uploader and back; altered ones, and those of other apps and environments, are refused. With a handle,
   * clients can get URLs for the parts of that one upload until it expires, and nothing else.
   */
  authorizeParts(request: PartsRequest): Promise<PartsAuthorisation> {
    return authorizeParts(request, this.context.options);
  }

  /**
   * Authorises an upload that a client makes with an SDK of OSS. Returns the callback in every form that SDKs accept
   * and, if a role is configured (`sts`), temporary credentials that can upload this one object.
   *
   * An SDK signs whatever its client requests. So the client can leave the callback out or change it, and send another
   * type and other metadata; then no record is made, or the object violates the limits of its ticket and is rejected.
   * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` also if a role is configured and the object's name contains
   *   `*`, `?` or `${`, for which the credentials would allow other objects too, or KMS is requested; `OSS_REFUSED` or
   *   `OSS_UNAVAILABLE` if STS issued none
   */
  authorizeSdk(request: SdkUploadRequest): Promise<SdkAuthorisation> {
    return authorizeSdk(request, this.context);
  }

  /**
   * Uploads bytes, a text, a stream or a file from the app itself with one PUT and a callback, and returns the
   * callback's response. The request is not retried, since its callback may have run even if it fails.
   * @throws OssCallbackError `CALLBACK_FAILED` if the object is stored and its callback failed (`details` contain its
   *   ETag and OSS's reason), `OSS_REFUSED` if OSS did not store it, `OBJECT_MISMATCH` if OSS stored other bytes,
   *   `OSS_UNAVAILABLE` if no response came: the object may be stored, and its record follows; check the `status` of
   *   `details.uploadId`. An error of the stream is thrown unchanged; nothing is stored then
   */
  putObject<Answer = unknown>(request: PutObjectRequest): Promise<UploadResult<Answer>> {
    return putObject(request, this.context);
  }

  /**
   * Uploads a file from the app itself in parallel parts, with a callback at the end, and returns the callback's
   * response. It keeps `parallel` buffers of half a MB in memory, for any size of file and parts. Parts are retried;
   * the completion is sent once. The CRC64 of each part and of the whole is compared.
   *
   * With `checkpointPath`, another process can continue the upload of a killed one by calling this with the same
   * request: it asks OSS which parts have arrived, compares them with the file, and sends the others. A checkpoint is
   * valid as long as the ticket of the first process (`expiresInSeconds` and `tickets.acceptForSeconds`), and only for
   * the same file and request.
   * @throws OssCallbackError as `putObject`, and `ANSWER_UNREADABLE` if an earlier process stored the object and its
   *   response was lost. The signal's reason if it aborted the upload: OSS then keeps no parts. Nor does it after other
   *   errors, unless there is a checkpoint to continue from, or the outcome of the completion is unknown
   */
  uploadFile<Answer = unknown>(request: UploadFileRequest): Promise<UploadResult<Answer>> {
    return uploadFile(request, this.context);
  }

  /**
   * Reads the status of an upload, for example for a client that got a 203 or no response, and must not simply upload
   * again. Compare the report's `owner` with the current user.
   */
  status(uploadId: string): Promise<UploadStatusReport> {
    return this.audit.status(uploadId);
  }
}
