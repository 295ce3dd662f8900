import { createHash } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import { messageOf } from '../../common/error-text.js';
import type { RejectionFacts, RejectionRecorder } from '../../rejections/rejection-recorder.js';
import { OssCallbackError } from '../../common/errors.js';
import type { LogFields } from '../../common/log-fields.js';
import { decodeCanonicalBase64 } from '../../protocol/callback/callback-signature.js';
import {
  logOnly,
  logText,
  type LogText,
  quoted,
  quotedUrl,
  unquoted,
  withoutQuery,
} from '../../common/log-text.js';
import { publishStep } from '../../common/callback-steps.js';
import type { CallbackStage, OpenedCallback } from '../callback-stages.js';
import { answerFailed, toJson } from './callback-answer.js';
import { RefusalLog } from './refusal-log.js';
import { remoteAddressOf } from '../capture/remote-address.js';

/** Turns errors into answers, and records them in the log and in the table of rejections. */
export class CallbackRefusals {
  private readonly log = new RefusalLog();

  constructor(private readonly rejections: RejectionRecorder) {}

  /**
   * Settles the refusal. If the app answers, as with the guard alone, it is logged and recorded nevertheless.
   * @returns the error to throw; what the host does with it does not matter if this package answers
   */
  refuse(callback: CallbackStage, error: unknown): OssCallbackError {
    const refusal = toRefusal(callback, error);
    if (!settle(callback, refusal)) return refusal;
    const signed = callback.verdict?.isSigned ?? false;
    this.log.add(
      refusal,
      signed,
      () => lineOf(callback, refusal),
      () => fieldsOf(callback),
    );
    this.rejections.add({ code: refusal.code, signed }, () => factsOf(callback, reasonOf(refusal)));
    return refusal;
  }

  /** Sheds load: refuses a callback before any work is done for it, without a log line and a row of its own. */
  shed(callback: OpenedCallback, reason: OssCallbackError): void {
    settle(callback, reason);
  }

  /** Resolves when all refusals are in the log and in the table. */
  async flush(): Promise<void> {
    this.log.flush();
    await this.rejections.flush();
  }
}

/** @returns false if the callback has already ended */
function settle(callback: CallbackStage, refusal: OssCallbackError): boolean {
  const { exchange, upload, verdict } = callback;
  if (!exchange.settle(refusal.getStatus(), toJson(refusal.getResponse()))) return false;
  const system = verdict?.isGenuine ? verdict.callback.system : undefined;
  publishStep(() => ({
    step: 'refused',
    code: refusal.code,
    uploadId: upload?.id ?? verdict?.uploadId,
    object: system?.object,
    requestId: system?.requestId,
    elapsedMs: exchange.elapsedMs,
  }));
  return true;
}

function toRefusal({ upload }: CallbackStage, error: unknown): OssCallbackError {
  if (error instanceof OssCallbackError) return error;
  if (upload) {
    return answerFailed({
      status: error instanceof HttpException ? error.getStatus() : undefined,
      hint: logText`the upload ${unquoted(upload.id)} is ${unquoted(upload.status)}; the @OssCallback method threw ${describe(error)}`,
      cause: error,
    });
  }
  if (error instanceof HttpException) {
    return new OssCallbackError('REFUSED_BY_APP', 'The app refused the callback.', {
      status: error.getStatus(),
      hint: logText`a guard, interceptor or pipe of the app threw ${describe(error)}; exempt the @OssCallback route from it, as with its @Public() or @SkipThrottle() decorator`,
      cause: error,
    });
  }
  return new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: describe(error),
    cause: error,
  });
}

/** The message is for the log only: those of the app and its libraries may repeat the URL of a request. */
function describe(error: unknown): LogText {
  const message = logOnly(quoted(messageOf(error)));
  return error instanceof Error ? logText`${unquoted(error.name)}: ${message}` : message;
}

function reasonOf({ message, hintText }: OssCallbackError): LogText {
  return hintText ? logText`${unquoted(message)} ${hintText}` : unquoted(message);
}

/** As in `for POST "/oss/callback": …`; a route with the guard alone may be called with other methods. */
function lineOf({ request, url }: CallbackStage, refusal: OssCallbackError): LogText {
  return logText`for ${unquoted(request.method ?? '')} ${quotedUrl(url)}: ${reasonOf(refusal)}`;
}

/** The request id that OSS signed; else the header's, under a name that shows that it is not signed. */
function fieldsOf({ request, upload, verdict }: CallbackStage): LogFields {
  const requestId = verdict?.isGenuine ? verdict.callback.system.requestId : undefined;
  const header = request.headers['x-oss-request-id'];
  return {
    uploadId: upload?.id ?? verdict?.uploadId,
    ...(requestId === undefined ? { unsignedRequestId: header?.toString() } : { requestId }),
  };
}

function factsOf(callback: CallbackStage, reason: LogText): RejectionFacts {
  const { request, url, body, verdict } = callback;
  const keyHeader = request.headers['x-oss-pub-key-url'];
  return {
    reason: reason.forRecord,
    path: withoutQuery(url),
    publicKeyUrl: decodeCanonicalBase64(String(keyHeader ?? ''))?.toString('latin1') ?? null,
    remoteAddress: remoteAddressOf(request),
    bodyDigest: body ? createHash('sha256').update(body).digest('hex') : null,
    bodyBytes: body?.byteLength ?? 0,
    uploadId: verdict?.uploadId ?? null,
  };
}
