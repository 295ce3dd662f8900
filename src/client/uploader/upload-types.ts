import type { CarrierName } from '../authorisation.js';
import type { CancelSignal } from '../environment.js';
import type { UploadOutcome } from '../oss-answer.js';
import type { UploadProgress } from '../progress.js';

/** What the app's controller takes and gives. */
export interface UploadDescription {
  wishes: object | undefined;
  variables: object | undefined;
  answer: unknown;
  reason: string;
}

/**
 * The description that `createOssUploadController` has in the type of its class: `import type` it from the server, and
 * write `createOssUploader<typeof UploadController>(…)`. A description of one's own will do as well.
 */
export type DescriptionOf<Controller> = Controller extends UploadDescription
  ? Controller
  : Controller extends { readonly '~ossUploads'?: infer Description }
    ? NonNullable<Description> extends UploadDescription
      ? NonNullable<Description>
      : UploadDescription
    : UploadDescription;

/** Required where the controller requires some property of it. */
type Given<Name extends string, Value> = object extends Value
  ? { [Property in Name]?: Value }
  : undefined extends Value
    ? { [Property in Name]?: Value }
    : { [Property in Name]: Value };

export type UploadOptions<Description extends UploadDescription = UploadDescription> = {
  /** What the app is told of the file's name. Default: that of the file. */
  name?: string;
  /** The ways to upload that the app may choose from. Default: those that the file and the transport allow. */
  carriers?: readonly CarrierName[];
  /** Cancels the upload: an `AbortSignal`. */
  signal?: CancelSignal;
  /** Called as bytes leave; the count never decreases, and ends at the size of the file. */
  onProgress?: (progress: UploadProgress) => void;
  /** Called where OSS has stored the file and its callback failed, when the waiting for the app's confirmation begins. */
  onUnconfirmed?: (upload: { uploadId: string; reason: string }) => void;
} & Given<'wishes', Description['wishes']> &
  Given<'variables', Description['variables']>;

/** Options, which may be left out where none is required. */
export type OptionsArgument<Options> = object extends Options ? [options?: Options] : [Options];

/** An upload on its way: a promise of what becomes of it. */
export interface OssUpload<Answer> extends Promise<UploadOutcome<Answer>> {
  /** Stops sending. Of a multipart upload, parts that have arrived are not sent again. */
  pause(): void;
  resume(): void;
  /** Ends it with `ABORTED`; parts are removed. */
  cancel(reason?: unknown): void;
}
