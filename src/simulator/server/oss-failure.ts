import type { LogText } from '../../common/log-text.js';
import {
  type OssErrorCode,
  type OssErrorDocument,
  ossErrorInfo,
} from '../../protocol/oss-errors.js';

type FailureDetails = Partial<Pick<OssErrorDocument, 'message' | 'details'>> & {
  ec?: string | undefined;
  status?: number;
  /** Further headers of the response, names in lower case. */
  headers?: Readonly<Record<string, string>>;
  /** Lines for the log only. */
  notes?: readonly LogText[];
};

/** Thrown to answer a request with an error document of OSS. */
export class OssFailure extends Error {
  readonly status: number;
  readonly ec: string | undefined;
  readonly details: Readonly<Record<string, string>> | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly notes: readonly LogText[];
  /** Whether the message differs from the table's. */
  readonly ownMessage: string | undefined;

  constructor(
    readonly code: OssErrorCode,
    details: FailureDetails = {},
  ) {
    super(details.message ?? ossErrorInfo(code).message);
    this.name = 'OssFailure';
    this.status = details.status ?? ossErrorInfo(code).status;
    this.ec = details.ec;
    this.details = details.details;
    this.headers = details.headers;
    this.notes = details.notes ?? [];
    this.ownMessage = details.message;
  }
}

/**
 * An argument, or a field of a form, that OSS does not accept.
 * @param ec of this message; none if the documentation names none
 */
export function invalidArgument(
  name: string,
  value: string,
  message = `${name} is invalid.`,
  ec?: string,
): OssFailure {
  return new OssFailure('InvalidArgument', {
    message,
    ec,
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
