import { Inject, Injectable } from '@nestjs/common';
import { OssUploadAudit } from '../audit/oss-upload-audit.js';
import { TicketStore } from '../audit/ticket-store.js';
import type { UploadStatusReport } from '../audit/upload-status.js';
import { objectUrl, toQueryString } from '../client/object-address.js';
import { requestObject } from '../client/oss-client.js';
import { OSS_CALLBACK_OPTIONS, type ResolvedOssCallbackOptions } from '../oss-callback.options.js';
import { presignRequestV4 } from '../protocol/signature-v4.js';
import { UploadTickets } from '../ticket/upload-tickets.js';
import { CallbackTargets } from './callback-targets.js';
import { refuse } from './check-upload-request.js';
import { signPostForm } from './post-form.js';
import { prepareSignedUpload, type SignedUpload } from './prepare-upload.js';
import { exactContentType, pinnedHeaders } from './pinned-headers.js';
import { readUploadAnswer } from './upload-answer.js';
import type {
  PostObjectAuthorisation,
  PutObjectAuthorisation,
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
@Injectable()
export class OssUploadService {
  constructor(
    @Inject(OSS_CALLBACK_OPTIONS) private readonly options: ResolvedOssCallbackOptions,
    private readonly tickets: UploadTickets,
    private readonly ticketStore: TicketStore,
    private readonly targets: CallbackTargets,
    private readonly audit: OssUploadAudit,
  ) {}

  /** A signed form for `multipart/form-data`. Callback, size, type, metadata, overwriting and ACL are in its policy. */
  async authorizePostObject(request: UploadRequest): Promise<PostObjectAuthorisation> {
    const upload = await this.prepare(request, 'PostObject');
    const fields = signPostForm(upload);
    await this.ticketStore.add(upload);
    return {
      uploadId: upload.terms.uploadId,
      url: objectUrl(upload.ossBucket),
      fields,
      expiresAt: upload.expiresAt,
    };
  }

  /** A presigned PUT. Callback, type, metadata, overwriting and ACL are signed; the size is checked afterwards. */
  async authorizePutObject(request: UploadRequest): Promise<PutObjectAuthorisation> {
    const upload = await this.prepare(request, 'PutObject');
    const { ossBucket, object, callback, expiresInSeconds } = upload;
    const headers = pinnedHeaders(upload, exactContentType(upload));
    await this.ticketStore.add(upload);
    const query = presignRequestV4(
      {
        method: 'PUT',
        bucket: ossBucket.bucket,
        object,
        query: {
          callback: callback.callback,
          ...(callback.callbackVar ? { 'callback-var': callback.callbackVar } : {}),
        },
        headers,
      },
      {
        credentials: upload.credentials,
        region: ossBucket.region,
        signedAt: upload.signedAt,
        expiresInSeconds,
      },
    );
    return {
      uploadId: upload.terms.uploadId,
      method: 'PUT',
      url: `${objectUrl(ossBucket, object)}?${toQueryString(query)}`,
      headers,
      expiresAt: upload.expiresAt,
    };
  }

  /**
   * Uploads from the app itself, with the callback, and gives the callback's answer.
   * @throws OssCallbackError `CALLBACK_FAILED` where the object is stored and the callback was not answered well
   *   (`details` hold its ETag and OSS's reason), `OSS_REFUSED` where OSS did not store it, `OSS_UNAVAILABLE` where
   *   no answer came: the object may be stored then, and its record follows
   */
  async putObject<Answer = unknown>(request: PutObjectRequest): Promise<UploadResult<Answer>> {
    const { body, signal } = request;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    if (!(bytes instanceof Uint8Array)) throw refuse('body', 'must be a text or bytes');
    const upload = await this.prepare(request, 'PutObject');
    const { terms, callback } = upload;
    if (
      bytes.byteLength < terms.minSizeBytes ||
      bytes.byteLength > (terms.maxSizeBytes ?? Infinity)
    ) {
      throw refuse(
        'body',
        `has ${bytes.byteLength} bytes, outside of minSizeBytes and maxSizeBytes`,
      );
    }
    const headers = {
      ...pinnedHeaders(upload, exactContentType(upload)),
      'x-oss-callback': callback.callback,
      ...(callback.callbackVar ? { 'x-oss-callback-var': callback.callbackVar } : {}),
    };
    await this.ticketStore.add(upload);
    const response = await requestObject({
      method: 'PUT',
      bucket: upload.ossBucket,
      object: upload.object,
      headers,
      body: bytes,
      signal,
    });
    const facts = await readUploadAnswer<Answer>(response, upload);
    return { uploadId: terms.uploadId, size: bytes.byteLength, ...facts };
  }

  /**
   * What became of an upload: for a client that got a 203 or no answer, and must not simply upload again. Compare the
   * report's `owner` with who asks.
   */
  status(uploadId: string): Promise<UploadStatusReport> {
    return this.audit.status(uploadId);
  }

  private prepare(request: UploadRequest, operation: string): Promise<SignedUpload> {
    return prepareSignedUpload(request, operation, {
      options: this.options,
      tickets: this.tickets,
      targets: this.targets,
    });
  }
}
