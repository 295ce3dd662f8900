import { OssUploadAudit } from '../records/oss-upload-audit.js';
import { TicketStore } from '../recording/ticket-store.js';
import type { UploadStatusReport } from '../records/queries/upload-status.js';
import { objectUrl } from '../oss-client/object-address.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { UploadTickets } from '../ticket/upload-tickets.js';
import { authorizeMultipart, authorizeParts } from './authorize/authorize-multipart.js';
import {
  authorizeSdk,
  type SdkAuthorisation,
  type SdkUploadRequest,
} from './authorize/authorize-sdk.js';
import { CallbackTargets } from '../routes/callback-targets.js';
import type {
  MultipartAuthorisation,
  MultipartRequest,
  PartsAuthorisation,
  PartsRequest,
  UploadFileRequest,
} from './authorize/multipart-request.js';
import { signPostForm } from './authorize/post-form.js';
import { prepareSignedUpload, type SignedUpload } from './authorize/prepare-upload.js';
import { presignPut } from './authorize/presigned-put.js';
import { putObject, type UploadContext } from './send/put-object.js';
import { uploadFile } from './send/upload-file.js';
import type {
  PostObjectAuthorisation,
  PostObjectAuthorisationRequest,
  PutObjectAuthorisation,
  PutObjectAuthorisationRequest,
  PutObjectRequest,
  UploadRequest,
  UploadResult,
} from './upload-request.js';

/**
 * Lets others upload, and uploads itself. Whatever it hands out is bound to one upload: object, size and type as far
 * as OSS can pin them, the callback, and a ticket by which the callback is recognised.
 *
 * Every method throws `INVALID_UPLOAD_REQUEST` before anything is written or sent, and `DATABASE_UNAVAILABLE` where
 * the ticket's row could not be made durable. What is signed with temporary credentials ends with them: `expiresAt` says
 * when.
 */
export class OssUploadService {
  constructor(
    private readonly options: ResolvedOssCallbackOptions,
    private readonly tickets: UploadTickets,
    private readonly ticketStore: TicketStore,
    private readonly targets: CallbackTargets,
    private readonly audit: OssUploadAudit,
  ) {}

  /** A signed form for `multipart/form-data`. Callback, size, type, metadata, overwriting and ACL are in its policy. */
  async authorizePostObject(
    request: PostObjectAuthorisationRequest,
  ): Promise<PostObjectAuthorisation> {
    const upload = await this.prepare(request, 'PostObject');
    const fields = signPostForm(upload, request.signatureVersion);
    await this.ticketStore.add(upload);
    return {
      uploadId: upload.terms.uploadId,
      url: objectUrl(upload.ossBucket),
      fields,
      expiresAt: upload.expiresAt,
    };
  }

  /** A presigned PUT. Callback, type, metadata, overwriting and ACL are signed; the size is checked afterwards. */
  async authorizePutObject(
    request: PutObjectAuthorisationRequest,
  ): Promise<PutObjectAuthorisation> {
    const upload = await this.prepare(request, 'PutObject');
    const { url, headers } = presignPut(upload, request);
    await this.ticketStore.add(upload);
    const { terms, expiresAt } = upload;
    return { uploadId: terms.uploadId, method: 'PUT', url, headers, expiresAt };
  }

  /**
   * Begins a multipart upload at OSS, so that type, metadata, ACL and the ban on overwriting are settled before the
   * uploader hears of it, and presigns its parts, its completion with the callback, its end and its list of parts. The
   * size cannot be pinned: an object of another size than `sizeBytes` is rejected when it is reported.
   *
   * All URLs end with `expiresAt`: give large uploads a longer `expiresInSeconds`. Where nothing comes of the
   * upload, OSS keeps the parts until they are aborted: a lifecycle rule of the bucket should do that.
   * @throws OssCallbackError `OSS_REFUSED` or `OSS_UNAVAILABLE` where OSS did not begin the upload; the ticket's row
   *   then expires by itself
   */
  authorizeMultipart(request: MultipartRequest): Promise<MultipartAuthorisation> {
    return authorizeMultipart(request, this.context);
  }

  /**
   * Presigns further parts of an upload with more than 1,000 of them. It keeps nothing and asks nobody: what the
   * upload is stands in the `handle` that `authorizeMultipart` gave, with a MAC by the tickets' secrets. A handle may
   * go to the uploader and come back from him; altered ones, and those of other apps and environments, are refused.
   * Whoever holds one can get URLs for parts of that one upload until it expires, and nothing else.
   */
  authorizeParts(request: PartsRequest): Promise<PartsAuthorisation> {
    return authorizeParts(request, this.options);
  }

  /**
   * For clients that upload with an SDK of OSS: the callback in every form that SDKs take, and where a role is
   * configured (`sts`), temporary credentials that can upload this one object.
   *
   * An SDK signs what the client tells it to. So the client can leave the callback out, change it, and send another
   * type and other metadata; then no record is made, or the object breaks its ticket and is rejected.
   * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` also where a role is configured and the object's name holds `*`,
   *   `?` or `${`, which would widen what the credentials are good for, or KMS is asked for; `OSS_REFUSED` or `OSS_UNAVAILABLE` where STS
   *   gave none
   */
  authorizeSdk(request: SdkUploadRequest): Promise<SdkAuthorisation> {
    return authorizeSdk(request, this.context);
  }

  /**
   * Uploads bytes, a text, a stream or a file from the app itself with one PUT, with the callback, and gives the
   * callback's answer. It is sent once, since its callback may have run however it ends.
   * @throws OssCallbackError `CALLBACK_FAILED` where the object is stored and the callback was not answered well
   *   (`details` hold its ETag and OSS's reason), `OSS_REFUSED` where OSS did not store it, `OBJECT_MISMATCH` where it
   *   stored other bytes, `OSS_UNAVAILABLE` where no answer came: the object may be stored then, and its record
   *   follows; ask for the `status` of `details.uploadId`. What a stream throws is thrown; nothing is stored then
   */
  putObject<Answer = unknown>(request: PutObjectRequest): Promise<UploadResult<Answer>> {
    return putObject(request, this.context);
  }

  /**
   * Uploads a file from the app itself, in parallel parts, with the callback at the end, and gives the callback's
   * answer. It holds `parallel` pieces of half a MB in memory, whatever the sizes of file and parts. Parts are sent
   * again where that helps; the completion is sent once. The CRC64 of each part and of the whole is compared.
   *
   * With `checkpointPath`, a process that was killed can be followed by another that calls this with the same request:
   * it asks OSS which parts have arrived, compares them with the file, and sends the others. The checkpoint counts
   * for as long as the first process's ticket (`expiresInSeconds` and `tickets.acceptForSeconds`) and no longer than
   * file and request stay the same.
   * @throws OssCallbackError as `putObject`, and `ANSWER_UNREADABLE` where an earlier process stored the object and
   *   its answer got lost. The signal's reason where it ended the upload: OSS then keeps no parts. After other errors
   *   OSS keeps no parts either, unless there is a checkpoint to go on from, or the outcome of the completion is unknown
   */
  uploadFile<Answer = unknown>(request: UploadFileRequest): Promise<UploadResult<Answer>> {
    return uploadFile(request, this.context);
  }

  /**
   * What became of an upload: for a client that got a 203 or no answer, and must not simply upload again. Compare the
   * report's `owner` with who asks.
   */
  status(uploadId: string): Promise<UploadStatusReport> {
    return this.audit.status(uploadId);
  }

  private get context(): UploadContext {
    const { options, tickets, targets, ticketStore } = this;
    return { options, tickets, targets, ticketStore };
  }

  private prepare(request: UploadRequest, operation: string): Promise<SignedUpload> {
    return prepareSignedUpload(request, operation, this.context);
  }
}
