import { StreamableFile } from '@nestjs/common';
import { Stream } from 'node:stream';
import { nameAndMessageOf } from '../../common/error-text.js';
import { OssCallbackError, type OssCallbackErrorOptions } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { publishStep } from '../../common/callback-steps.js';
import { MAX_CALLBACK_ANSWER_BYTES } from '../../protocol/callback/callback-answer.js';
import type { RecordedCallback } from '../callback-stages.js';

/**
 * Settles the answer: 200 with this value as JSON, by default the upload's id and status. A callback that has been refused
 * in the meantime, because an interceptor of the app gave up, stays refused.
 * @throws OssCallbackError `ANSWER_FAILED` if the value cannot be serialised or is too large
 */
export function answerCallback(
  { exchange, upload, verdict }: RecordedCallback,
  value?: unknown,
): void {
  const body = toJson(value ?? { uploadId: upload.id, status: upload.status });
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_CALLBACK_ANSWER_BYTES) {
    throw answerFailed({
      hint: logText`the response has ${bytes} bytes, OSS accepts at most ${MAX_CALLBACK_ANSWER_BYTES}`,
    });
  }
  if (!exchange.settle(200, body)) return;
  publishStep(() => ({
    step: 'answered',
    status: upload.status,
    uploadId: upload.id,
    object: upload.object,
    requestId: verdict.callback.system.requestId,
    elapsedMs: exchange.elapsedMs,
  }));
}

/** @throws OssCallbackError `ANSWER_FAILED` */
export function toJson(value: unknown): string {
  // JSON.stringify would write the fields of their implementation, what they have read included.
  if (value instanceof StreamableFile || value instanceof Stream) {
    throw answerFailed({
      hint: logText`the method returned a stream; OSS accepts nothing but JSON`,
    });
  }
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw answerFailed({
      hint: logText`the method's return value cannot be serialised as JSON: ${unquoted(nameAndMessageOf(cause))}`,
      cause,
    });
  }
  throw answerFailed({
    hint: logText`the method returned a value of the type ${unquoted(typeof value)}, which JSON cannot represent`,
  });
}

export function answerFailed(options: OssCallbackErrorOptions): OssCallbackError {
  return new OssCallbackError('ANSWER_FAILED', 'The app could not build its response.', options);
}
