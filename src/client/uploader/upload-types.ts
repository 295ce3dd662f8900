import type { CarrierName } from '../authorisation.js';
import type { CancelSignal } from '../environment.js';
import type { UploadOutcome } from '../oss-answer.js';
import type { UploadProgress } from '../progress.js';

/**
 * What the app's controller accepts and returns, as types.
 * @category Uploads
 */
export interface UploadDescription {
  /** What clients may send beside the file; `undefined` if nothing. */
  wishes: object | undefined;
  /** The custom variables that clients may send; `undefined` if none. */
  variables: object | undefined;
  /** What the app's `@OssCallback` method returns, as JSON. */
  answer: unknown;
  /** The reasons for which the app refuses uploads. */
  reason: string;
}

/**
 * The description that is part of the type of a `createOssUploadController` class: `import type` the class from the
 * server, and write `createOssUploader<typeof UploadController>(…)`. An {@link UploadDescription} of your own works as
 * well.
 * @category Uploads
 */
export type DescriptionOf<Controller> = Controller extends UploadDescription
  ? Controller
  : Controller extends {
        /** The description of a controller, as a type alone. */
        readonly '~ossUploads'?: infer Description;
      }
    ? NonNullable<Description> extends UploadDescription
      ? NonNullable<Description>
      : UploadDescription
    : UploadDescription;

/** Required if the controller requires some property of it. */
type Given<Name extends string, Value> = object extends Value
  ? { [Property in Name]?: Value }
  : undefined extends Value
    ? { [Property in Name]?: Value }
    : { [Property in Name]: Value };

/**
 * Options of an upload; `wishes` and `variables` are as the controller declares them.
 * @category Uploads
 */
export type UploadOptions<Description extends UploadDescription = UploadDescription> = {
  /** Name of the file for the app. Default: the file's own. */
  name?: string;
  /** The ways to upload that the app may choose from. Default: those that the file and the transport support. */
  carriers?: readonly CarrierName[];
  /** Cancels the upload: an `AbortSignal`. */
  signal?: CancelSignal;
  /** Called as bytes are sent; the count never decreases, and ends at the size of the file. */
  onProgress?: (progress: UploadProgress) => void;
  /** Called if OSS has stored the file and its callback failed, when the wait for the app's confirmation begins. */
  onUnconfirmed?: (upload: { uploadId: string; reason: string }) => void;
} & Given<'wishes', Description['wishes']> &
  Given<'variables', Description['variables']>;

/**
 * Options, which are optional if none is required.
 * @inline
 */
export type OptionsArgument<Options> = object extends Options ? [options?: Options] : [Options];

/**
 * An upload in progress: a promise of its outcome.
 * @category Uploads
 */
export interface OssUpload<Answer> extends Promise<UploadOutcome<Answer>> {
  /** Stops sending. Of a multipart upload, parts that have arrived are not sent again. */
  pause(): void;
  /** Continues after `pause`; a form or a PUT begins again. */
  resume(): void;
  /** Cancels the upload, and removes its parts. The promise is rejected with `ABORTED`. */
  cancel(reason?: unknown): void;
}
