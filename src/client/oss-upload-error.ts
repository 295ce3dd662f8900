/**
 * - `REFUSED_BY_APP`: the app did not authorise the upload; `reason` is the app's own
 * - `REFUSED_BY_OSS`: OSS did not take it; see `ossCode`, `ec` and `requestId`
 * - `TOO_LARGE`, `WRONG_TYPE`: the app or OSS does not take this file
 * - `EXPIRED`: the authorisation has expired; a new one is needed
 * - `NETWORK`: no answer came
 * - `ABORTED`: the caller cancelled
 * - `NOT_COMPLETED`: OSS stored the file, and the app ended the upload otherwise; see `status`
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

export interface OssUploadErrorDetails<Reason extends string = string> {
  uploadId?: string;
  /** HTTP status of the refusal. */
  httpStatus?: number;
  /** OSS's error code, `AccessDenied` for example. */
  ossCode?: string;
  /** OSS's extended code, `0003-00000301` for example. */
  ec?: string;
  /** OSS's id of the request. */
  requestId?: string;
  /** The app's error code. */
  appCode?: string;
  /** Why the app refused, in a word for programs. */
  reason?: Reason;
  /** The upload's status at the app, with `NOT_COMPLETED`. */
  status?: string;
  /**
   * Whether OSS may have stored the file all the same: no answer came after all of it had left, or OSS answered with an
   * error of its own. Ask the app for the status before the file is uploaded again.
   */
  mayBeStored?: boolean;
  cause?: unknown;
}

/** What another attempt may get past: no answer, or one that says that the other side is at fault. */
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

/** Why an upload did not succeed. */
export class OssUploadError<Reason extends string = string> extends Error {
  override readonly name = 'OssUploadError';
  /** False where the file is known not to be stored. */
  readonly mayBeStored: boolean;

  constructor(
    readonly code: OssUploadErrorCode,
    message: string,
    readonly details: OssUploadErrorDetails<Reason> = {},
  ) {
    super(message, { cause: details.cause });
    this.mayBeStored = details.mayBeStored ?? false;
  }
}
