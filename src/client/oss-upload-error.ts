/**
 * Why an upload did not succeed.
 *
 * - `REFUSED_BY_APP`: the app did not authorise the upload; the app's own reason is in `details.reason`
 * - `REFUSED_BY_OSS`: OSS did not accept it; see `ossCode`, `ec` and `requestId` of the details
 * - `TOO_LARGE`, `WRONG_TYPE`: the app or OSS does not accept this file
 * - `EXPIRED`: the authorisation has expired; request a new one
 * - `NETWORK`: no response came
 * - `ABORTED`: the caller cancelled the upload
 * - `NOT_COMPLETED`: the app ended the upload without completing it; see `details.status`
 * @category Errors
 */
export type OssUploadErrorCode =
  | 'REFUSED_BY_APP'
  | 'REFUSED_BY_OSS'
  | 'TOO_LARGE'
  | 'WRONG_TYPE'
  | 'EXPIRED'
  | 'NETWORK'
  | 'ABORTED'
  | 'NOT_COMPLETED';

/**
 * Facts about a failed upload; each is absent if it is unknown or does not apply.
 * @category Errors
 */
export interface OssUploadErrorDetails<Reason extends string = string> {
  /** Id of the upload, UUIDv7; absent if the app did not authorise it. */
  uploadId?: string;
  /** HTTP status of the refusal. */
  httpStatus?: number;
  /** OSS's error code, for example `AccessDenied`. */
  ossCode?: string;
  /** OSS's extended error code, for example `0003-00000301`. */
  ec?: string;
  /** OSS's id of the request. */
  requestId?: string;
  /** The app's error code, for example `UPLOAD_REFUSED`. */
  appCode?: string;
  /** Why the app refused, a fixed text for the client's code, for example `too-large`. */
  reason?: Reason;
  /** With `NOT_COMPLETED`: the upload's status in the app, such as `rejected`. */
  status?: string;
  /**
   * Whether OSS may have stored the file nevertheless: no response came after the whole file was sent, or OSS responded
   * with an error of its own. Ask the app for the status before you upload the file again.
   */
  mayBeStored?: boolean;
  /** The error that led to this one, or the reason of the cancellation. */
  cause?: unknown;
}

/** Whether another attempt may succeed: there was no response, or the server reported an error of its own. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof OssUploadError)) return false;
  const { httpStatus = 0, ossCode } = error.details;
  return (
    error.code === 'NETWORK' ||
    httpStatus >= 500 ||
    httpStatus === 429 ||
    ossCode === 'RequestTimeout'
  );
}

/**
 * An upload that did not succeed.
 * @category Errors
 */
export class OssUploadError<Reason extends string = string> extends Error {
  /** Always `OssUploadError`. */
  override readonly name = 'OssUploadError';
  /**
   * False if the file is certainly not stored. If true, ask the app for the status before you upload the file again.
   */
  readonly mayBeStored: boolean;

  /** For transports of your own, and for tests. */
  constructor(
    /** Why it did not succeed. */
    readonly code: OssUploadErrorCode,
    message: string,
    /** What is known about it. */
    readonly details: OssUploadErrorDetails<Reason> = {},
  ) {
    super(message, { cause: details.cause });
    this.mayBeStored = details.mayBeStored ?? false;
  }
}
