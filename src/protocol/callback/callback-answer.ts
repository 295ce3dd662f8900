/** OSS waits this long for the answer to a callback, then closes the connection. Not configurable. */
export const CALLBACK_TIMEOUT_MS = 5_000;
export const MAX_CALLBACK_ANSWER_BYTES = 1024 * 1024;

export interface CallbackAnswer {
  status: number;
  /** The Content-Length header as received. */
  contentLength: string | undefined;
  body: Uint8Array;
}

/** Why OSS does not accept an answer, in the wording that the uploader receives. */
export interface CallbackAnswerProblem {
  message: string;
  ec?: string;
}

/**
 * Judges the app's answer as OSS does: status 200, Content-Length, JSON without a byte order mark, at most 1 MB.
 * @returns nothing if OSS accepts the answer
 * @see https://www.alibabacloud.com/help/en/oss/support/http-status-code-203
 */
export function checkCallbackAnswer(answer: CallbackAnswer): CallbackAnswerProblem | undefined {
  if (answer.status !== 200) {
    return { message: `Error status : ${answer.status}.`, ec: '0007-00000203' };
  }
  if (answer.contentLength === undefined) {
    return { message: 'Error Status : 400.User server missing content-length.' };
  }
  const length = /^\d+$/.test(answer.contentLength) ? Number(answer.contentLength) : 0;
  if (length <= 0) {
    return { message: 'Error Status : 400.User server return invalid conent-length value.' };
  }
  if (length > MAX_CALLBACK_ANSWER_BYTES || answer.body.byteLength > MAX_CALLBACK_ANSWER_BYTES) {
    return { message: 'Error Status : 400.User server return too long content-length value.' };
  }
  return isJson(answer.body)
    ? undefined
    : { message: 'Response body is not valid json format.', ec: '0007-00000205' };
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}
