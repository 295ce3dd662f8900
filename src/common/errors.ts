import { HttpException } from '@nestjs/common';
import { nameAndMessageOf } from './error-text.js';
import type { LogText } from './log-text.js';

/**
 * Every code of this package with its HTTP status. The set is closed: programs may
 * depend on it.
 */
export const OSS_CALLBACK_ERROR_STATUS = {
  // refused callbacks
  MALFORMED_REQUEST: 400,
  MALFORMED_BODY: 400,
  INVALID_VARIABLES: 400,
  SIGNATURE_MISSING: 401,
  KEY_NOT_TRUSTED: 403,
  SIGNATURE_INVALID: 403,
  BUCKET_UNKNOWN: 403,
  TICKET_MISSING: 403,
  TICKET_INVALID: 403,
  TICKET_EXPIRED: 403,
  OBJECT_MISSING: 409,
  OBJECT_MISMATCH: 409,
  TICKET_LIMITS_BROKEN: 409,
  TICKET_USED: 409,
  BODY_TOO_LARGE: 413,
  ABANDONED: 500,
  ANSWER_FAILED: 500,
  BODY_NOT_CAPTURED: 500,
  REFUSED_BY_APP: 403,
  KEY_UNAVAILABLE: 503,
  OSS_UNAVAILABLE: 503,
  DATABASE_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 503,
  OVERLOADED: 503,
  INTERNAL: 500,
  // uploads by the app itself
  INVALID_UPLOAD_REQUEST: 400,
  OSS_REFUSED: 502,
  CALLBACK_FAILED: 502,
  ANSWER_UNREADABLE: 502,
  // client requests to the upload controller
  UPLOAD_REFUSED: 403,
  UPLOAD_NOT_FOUND: 404,
  // audit queries
  INVALID_FILTER: 400,
  // mistakes in the app, found at boot or on first use
  INVALID_OPTIONS: 500,
  TABLES_MISSING: 500,
  COMPLETED_UPLOAD_UNAVAILABLE: 500,
} as const;

/**
 * Why an operation failed or a callback was refused. The set is closed, so programs may depend on it; `docs/errors.md`
 * in the package says for each code when it occurs, its HTTP status and what to do.
 * @useDeclaredType
 * @category Errors
 */
export type OssCallbackErrorCode = keyof typeof OSS_CALLBACK_ERROR_STATUS;

/**
 * What an {@link OssCallbackError} has besides its code and message.
 * @category Errors
 */
export interface OssCallbackErrorOptions {
  /**
   * @internal For the log alone: which value, and how to fix it. This package makes it; it is never sent to a caller.
   */
  hint?: LogText;
  /** The error that led to this one; for the log, never sent to a caller. */
  cause?: unknown;
  /** HTTP status in place of the code's own, for refusals by the app; 500 if it is not from 400 to 599. */
  status?: number;
  /** Why an upload was refused, for the client's code; it is sent beside code and message. */
  reason?: string;
  /** Facts for the app's code, such as the stored object's ETag. Never sent to a caller. */
  details?: Readonly<Record<string, unknown>>;
}

/**
 * The error class of this package's server side. Callers over the network receive `{ "code", "message" }`, and `reason`
 * if there is one; `hint` and `details` are for the log and for the app's own code.
 * @category Errors
 */
export class OssCallbackError extends HttpException {
  /** Why it failed. */
  readonly code: OssCallbackErrorCode;
  /**
   * Which value was wrong and how to fix it, for the log; `undefined` if the message says everything. It may quote
   * values of a request.
   */
  readonly hint: string | undefined;
  /** @internal */
  readonly hintText: LogText | undefined;
  /**
   * Facts for the app's code, such as `uploadId`, `etag` and OSS's `requestId`; which ones depends on the code. Empty
   * without any.
   */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * For guards, pipes and other code of the app that refuses a callback or an upload, for example with
   * `REFUSED_BY_APP`.
   * @param message a sentence for people; callers over the network receive it
   */
  constructor(code: OssCallbackErrorCode, message: string, options: OssCallbackErrorOptions = {}) {
    const status = options.status ?? OSS_CALLBACK_ERROR_STATUS[code];
    const { reason } = options;
    const answer = reason === undefined ? { code, message } : { code, message, reason };
    super(answer, isRefusal(status) ? status : 500, { cause: options.cause });
    this.name = 'OssCallbackError';
    this.message = message;
    this.code = code;
    this.hint = options.hint?.text;
    this.hintText = options.hint;
    this.details = options.details ?? {};
  }
}

/** A host app may throw an HttpException with any status; 200 would signal success to OSS. */
function isRefusal(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status < 600;
}

/**
 * Everything that is wrong with the configuration of an app, as one error.
 * @param mistakes one or more sentences, each with what is wrong and what to write
 */
export function invalidOptions(mistakes: readonly string[]): OssCallbackError {
  const list = mistakes.map((mistake) => `\n- ${mistake}`).join('');
  return new OssCallbackError(
    'INVALID_OPTIONS',
    `${AT_BOOT}${mistakes.length === 1 ? mistakes[0] : `${mistakes.length} mistakes in its configuration:${list}`}`,
    { details: { mistakes } },
  );
}

const AT_BOOT = 'OssCallbackModule: ';

/**
 * Runs checks of the configuration one after the other, so that all mistakes are reported at once.
 * @returns what the checks return
 * @throws the error of a check; of several, one with the mistakes of all. Another error than an OssCallbackError at once
 */
export async function allChecks<Results extends readonly unknown[]>(checks: {
  readonly [Place in keyof Results]: () => Results[Place] | Promise<Results[Place]>;
}): Promise<Results> {
  const results: unknown[] = [];
  const errors: OssCallbackError[] = [];
  for (const check of checks) {
    try {
      results.push(await check());
    } catch (error) {
      if (!(error instanceof OssCallbackError)) throw error;
      errors.push(error);
    }
  }
  const [error, ...others] = errors;
  if (!error) return results as unknown as Results;
  throw others.length === 0 ? error : invalidOptions(errors.flatMap(mistakesOf));
}

function mistakesOf({ message, details }: OssCallbackError): readonly string[] {
  const { mistakes = [message.replace(AT_BOOT, '')] } = details as { mistakes?: string[] };
  return mistakes;
}

/** An error's message for people, including the hint for the log. */
export function describeError(error: unknown): string {
  if (!(error instanceof OssCallbackError)) return nameAndMessageOf(error);
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

/** An error about one option: names it, says what is wrong and what to write. */
export function invalidOption(option: string, problem: string): OssCallbackError {
  return invalidOptions([`option "${option}" ${problem}`]);
}
