import type { Headers } from '../ask-app.js';
import { never } from '../cancellation.js';
import type { CancelSignal, FetchLike } from '../environment.js';
import type { UploadOutcome } from '../oss-answer.js';
import { canBe, nameOf, type UploadSource } from '../source.js';
import type { Transport } from '../transports/transport.js';
import { DEFAULT_PARALLEL, DEFAULT_RETRIES, defaultTransport } from '../upload-to-oss.js';
import { confirmUpload } from './confirmation.js';
import { type ControllerApi, controllerApi, type FileWish } from './controller-api.js';
import { keptUpload, type UploadStorage } from './kept-uploads.js';
import { slots } from './slots.js';
import { beginUpload, type Job, type JobContext } from './upload-job.js';
import type {
  DescriptionOf,
  OptionsArgument,
  OssUpload,
  UploadDescription,
  UploadOptions,
} from './upload-types.js';

/**
 * Options of {@link createOssUploader}.
 * @category Uploads
 */
export interface OssUploaderOptions {
  /** URL under which the app has mounted its `createOssUploadController`, for example `/uploads`. */
  url: string;
  /** Headers of each request to the app, not to OSS; a function is called for each request. Default: none. */
  headers?: Headers | (() => Headers | Promise<Headers>);
  /** Sends requests to the app. Default: `fetch`, with the cookies of the page's own origin. */
  fetch?: FetchLike;
  /**
   * How requests to OSS are sent. Default: {@link xhrTransport} if there is XMLHttpRequest, else
   * {@link fetchTransport}.
   */
  transport?: Transport;
  /**
   * Where multipart uploads are kept, so that they continue after a reload, for example `localStorage`. Default: none.
   */
  storage?: UploadStorage;
  /** How many files are sent concurrently. Default: 3. */
  filesAtOnce?: number;
  /** How many parts of a file are sent concurrently. Default: 3. */
  parallel?: number;
  /** How often a request is retried, after growing pauses. Default: 5. */
  retries?: number;
  /** How long to wait for the app's confirmation of a file whose callback failed. Default: 120. */
  confirmWithinSeconds?: number;
}

/**
 * A client of the app's `createOssUploadController`, made by {@link createOssUploader}.
 * @category Uploads
 */
export interface OssUploader<Description extends UploadDescription = UploadDescription> {
  /**
   * Requests an authorisation from the app, uploads the file, and waits for the confirmation if its callback failed.
   * The promise is rejected with an {@link OssUploadError}.
   */
  upload(
    file: UploadSource,
    ...options: OptionsArgument<UploadOptions<Description>>
  ): OssUpload<Description['answer']>;
  /**
   * Uploads a list of files, which are authorised in one request for up to 100 of them. Each has a promise of its own,
   * as with `upload`.
   */
  uploadAll(
    files: readonly { file: UploadSource; options?: UploadOptions<Description> }[],
  ): OssUpload<Description['answer']>[];
  /**
   * Waits again for the confirmation of an upload that was `unconfirmed`.
   * @throws OssUploadError `NOT_COMPLETED` if the app ended the upload without completing it, or `ABORTED`
   */
  confirm(
    uploadId: string,
    options?: { signal?: CancelSignal },
  ): Promise<UploadOutcome<Description['answer']>>;
}

/**
 * Creates a client of the app's `createOssUploadController`. With the controller's type it knows what the controller
 * accepts and returns: `createOssUploader<typeof UploadController>({ url: '/uploads' })`.
 * @category Uploads
 */
export function createOssUploader<Controller = unknown>(
  options: OssUploaderOptions,
): OssUploader<DescriptionOf<Controller>>;
export function createOssUploader({
  url,
  headers,
  fetch,
  transport = defaultTransport(),
  storage,
  filesAtOnce = 3,
  parallel = DEFAULT_PARALLEL,
  retries = DEFAULT_RETRIES,
  confirmWithinSeconds = 120,
}: OssUploaderOptions): OssUploader {
  const api = controllerApi(url, headers, fetch, retries);
  const confirmWithinMs = confirmWithinSeconds * 1_000;
  const inSlot = slots(filesAtOnce);
  const context: JobContext = { api, inSlot, transport, parallel, retries, confirmWithinMs };

  const jobOf = (file: UploadSource, options: UploadOptions = {}): Job => {
    const wish = wishFor(file, options, transport);
    return { file, options, wish, kept: keptUpload(storage, url, file, wish) };
  };

  return {
    upload: (file, options) => beginUpload(jobOf(file, options), context),

    uploadAll(files) {
      const jobs = files.map(({ file, options }) => jobOf(file, options));
      const authorised = authoriseAll(jobs, api);
      authorised.catch(() => undefined); // thrown where it is used
      return jobs.map((job) => {
        const given = authorised.then((all) => all.get(job));
        given.catch(() => undefined);
        return beginUpload({ ...job, given }, context);
      });
    },

    async confirm(uploadId, { signal = never } = {}) {
      const unconfirmed = { uploadId, reason: '', isStored: true };
      const outcome = await confirmUpload(api, unconfirmed, { withinMs: confirmWithinMs, signal });
      return outcome as UploadOutcome;
    },
  };
}

/** Authorises the files that no earlier visit has begun to upload. */
async function authoriseAll(jobs: readonly Job[], api: ControllerApi) {
  const found = await Promise.all(jobs.map(({ kept }) => kept.find()));
  const fresh = jobs.filter((_job, index) => !found[index]);
  const authorised = fresh.length > 0 ? await api.authoriseAll(fresh.map(({ wish }) => wish)) : [];
  return new Map(fresh.map((job, index) => [job, authorised[index]!]));
}

function wishFor(
  file: UploadSource,
  { name = nameOf(file), wishes, variables, carriers }: UploadOptions,
  transport: Transport,
): FileWish {
  const { size, type = '' } = file;
  const possible = transport.carriers.filter(
    (carrier) => canBe(file, carrier) && (carriers?.includes(carrier) ?? true),
  );
  return { file: { name, type, size }, wishes, variables, carriers: possible };
}
