import { createReadStream } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import {
  type MultipartAuthorisation,
  type MultipartRequest,
  type OssCallbackOptions,
  type OssUpload,
  OssUploadService,
  type PostObjectAuthorisation,
  type PostObjectAuthorisationRequest,
  type PutObjectAuthorisation,
  type PutObjectAuthorisationRequest,
  type PutObjectRequest,
  type SdkAuthorisation,
  type SdkUploadRequest,
  type UploadFileRequest,
  type UploadRequest,
  type UploadResult,
} from '../index.js';
import { resolveOssCallbackOptions } from '../options/validation.js';
import { audienceOf, UploadTickets } from '../ticket/upload-tickets.js';
import { createUploadId } from '../ticket/upload-id.js';
import { authorizeMultipart } from '../upload/authorize/authorize-multipart.js';
import {
  checkUpload,
  prepareUpload,
  type UploadContext,
} from '../upload/authorize/prepare-upload.js';
import { PUT_OBJECT } from '../upload/authorize/presigned-put.js';
import { checkTypes } from '../upload/authorize/check-types.js';
import { PUT_OBJECT_REQUEST } from '../upload/send/put-object.js';
import { UPLOAD_FILE_REQUEST } from '../upload/send/upload-file.js';
import { MeteredBody } from '../upload/send/upload-body.js';
import type { UploadStream } from '../upload/upload-request.js';
import { UploadsInMemory } from './uploads-in-memory.js';

interface Requests {
  authorizePostObject: PostObjectAuthorisationRequest;
  authorizePostObjects: readonly PostObjectAuthorisationRequest[];
  authorizePutObject: PutObjectAuthorisationRequest;
  authorizeMultipart: MultipartRequest;
  authorizeSdk: SdkUploadRequest;
  putObject: PutObjectRequest;
  uploadFile: UploadFileRequest;
}

/**
 * A call of {@link FakeOssUploadService}: the name of the method and its argument.
 * @useDeclaredType
 * @category Fakes
 */
export type FakeUploadCall = {
  [Method in keyof Requests]: {
    /** Name of the method. */
    method: Method;
    /** The argument of the call. */
    request: Requests[Method];
  };
}[keyof Requests];

/**
 * Options of {@link FakeOssUploadService}: those that authorisations depend on, and the answer to uploads of the app
 * itself.
 * @category Fakes
 */
export interface FakeUploadOptions extends Partial<Omit<OssCallbackOptions, 'sts'>> {
  /** What `putObject` and `uploadFile` return as the answer of the `@OssCallback` method. Default: `{}`. */
  answer?: unknown;
}

/**
 * Stands in for `OssUploadService` in unit tests: `{ provide: OssUploadService, useValue: new FakeOssUploadService() }`.
 * It checks requests and signs as the real one does, with secrets of its own, and needs neither a database nor a
 * network. Requests may name any callback route.
 * @category Fakes
 */
export class FakeOssUploadService extends OssUploadService {
  /** The calls so far, oldest first, also those that were refused. */
  readonly calls: FakeUploadCall[] = [];
  readonly #context: UploadContext;
  readonly #uploads: UploadsInMemory;
  readonly #answer: unknown;

  /**
   * Needs no options: the bucket is then `test-uploads` in `cn-hangzhou`, under the name `main`.
   * @throws OssCallbackError `INVALID_OPTIONS`
   */
  constructor({ answer = {}, ...given }: FakeUploadOptions = {}) {
    const options = resolveOssCallbackOptions({
      publicUrl: 'https://app.example.com',
      buckets: { main: { bucket: 'test-uploads', region: 'cn-hangzhou' } },
      credentials: { accessKeyId: randomText(), accessKeySecret: randomText() },
      tickets: { secrets: [randomText()] },
      ...given,
    });
    const uploads = new UploadsInMemory();
    const context = {
      options,
      tickets: new UploadTickets(options.tickets.secrets, audienceOf(options)),
      ticketStore: uploads,
      targets: {
        find: (name = 'oss-callback') => [
          { url: `${options.publicUrl}/${encodeURIComponent(name)}` },
        ],
      },
    };
    super(context, uploads);
    this.#context = context;
    this.#uploads = uploads;
    this.#answer = answer;
  }

  /**
   * Completes an authorised upload, so that `status` reports it.
   * @param facts of the record, beyond those of the authorisation
   * @returns the record, for a handler under test
   * @throws Error if no such upload was authorised
   */
  complete(uploadId: string, facts: Partial<OssUpload> = {}): OssUpload {
    return this.#uploads.complete(uploadId, facts);
  }

  override authorizePostObject(
    request: PostObjectAuthorisationRequest,
  ): Promise<PostObjectAuthorisation> {
    this.calls.push({ method: 'authorizePostObject', request });
    return super.authorizePostObject(request);
  }

  override authorizePostObjects(
    request: readonly PostObjectAuthorisationRequest[],
  ): Promise<PostObjectAuthorisation[]> {
    this.calls.push({ method: 'authorizePostObjects', request });
    return super.authorizePostObjects(request);
  }

  override authorizePutObject(
    request: PutObjectAuthorisationRequest,
  ): Promise<PutObjectAuthorisation> {
    this.calls.push({ method: 'authorizePutObject', request });
    return super.authorizePutObject(request);
  }

  override authorizeMultipart(request: MultipartRequest): Promise<MultipartAuthorisation> {
    this.calls.push({ method: 'authorizeMultipart', request });
    const initiate = () => Promise.resolve(randomBytes(16).toString('hex').toUpperCase());
    return authorizeMultipart(request, this.#context, initiate);
  }

  override authorizeSdk(request: SdkUploadRequest): Promise<SdkAuthorisation> {
    this.calls.push({ method: 'authorizeSdk', request });
    return super.authorizeSdk(request);
  }

  override async putObject<Answer = unknown>(
    request: PutObjectRequest,
  ): Promise<UploadResult<Answer>> {
    this.calls.push({ method: 'putObject', request });
    checkTypes(request, PUT_OBJECT_REQUEST);
    const { body, sizeBytes, signal: _, ...upload } = request;
    return this.#store(upload, streamOf(body), sizeBytes);
  }

  override async uploadFile<Answer = unknown>(
    request: UploadFileRequest,
  ): Promise<UploadResult<Answer>> {
    this.calls.push({ method: 'uploadFile', request });
    checkTypes(request, UPLOAD_FILE_REQUEST);
    return this.#store(request, bytesOf(request.path));
  }

  async #store<Answer>(
    request: UploadRequest,
    source: UploadStream,
    sizeBytes?: number,
  ): Promise<UploadResult<Answer>> {
    const upload = prepareUpload(
      checkUpload(request, PUT_OBJECT, this.#context, createUploadId()),
      this.#context,
    );
    const { uploadId, minSizeBytes, maxSizeBytes } = upload;
    const body = new MeteredBody(source, { sizeBytes, minSizeBytes, maxSizeBytes });
    const md5 = createHash('md5');
    for await (const bytes of body) md5.update(bytes);
    const stored = {
      size: body.sentBytes,
      etag: md5.digest('hex').toUpperCase(),
      crc64: String(body.crc64),
    };
    await this.#uploads.add(upload);
    this.#uploads.complete(uploadId, stored);
    return { uploadId, ...stored, answer: this.#answer as Answer };
  }
}

function streamOf(body: PutObjectRequest['body']): UploadStream {
  if (typeof body === 'string' || body instanceof Uint8Array) return once(body);
  return 'file' in body ? bytesOf(body.file) : body;
}

/** Opens the file when it is read: where the request is refused, nothing waits for it. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

async function* once(body: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield body;
}

function randomText(): string {
  return randomBytes(32).toString('hex');
}
