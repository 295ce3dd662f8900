import { OssUploadError, type OssUploadErrorCode } from './oss-upload-error.js';
import type { TransportAnswer } from './transports/transport.js';

/**
 * The outcome of an upload whose file OSS has stored.
 * @category Uploads
 */
export type UploadOutcome<Answer = unknown> =
  | {
      /** The app has recorded the upload, and its handlers are done. */
      state: 'completed';
      /** Id of the upload, UUIDv7. */
      uploadId: string;
      /** What the `@OssCallback` method returned; `undefined` if the app found the upload without its callback. */
      answer: Answer | undefined;
    }
  | {
      /**
       * The app has recorded the upload; its handlers are still running (`received`), or failed and will be tried
       * again.
       */
      state: 'received' | 'failed';
      /** Id of the upload, UUIDv7. */
      uploadId: string;
    }
  | {
      /**
       * The file is stored, and the app has not confirmed it yet. The app finds it by itself: do not upload it again.
       */
      state: 'unconfirmed';
      /** Id of the upload, UUIDv7. */
      uploadId: string;
      /** Why the callback failed, in OSS's words. */
      reason: string;
    };

/** @throws OssUploadError if OSS did not store the file */
export function readOutcome<Answer>(
  uploadId: string,
  answer: TransportAnswer,
): UploadOutcome<Answer> {
  const { status, text } = answer;
  if (status === 203) {
    return { state: 'unconfirmed', uploadId, reason: readError(text).message };
  }
  if (status !== 200) throw refusal(answer, uploadId, status >= 500);
  const content = parse(text);
  const state = interimState(content, uploadId);
  if (state) return { state, uploadId };
  return { state: 'completed', uploadId, answer: content as Answer };
}

/** If the upload is not completed, the module answers in place of the app's method: `{ uploadId, status }`. */
function interimState(content: unknown, uploadId: string): 'received' | 'failed' | undefined {
  const { uploadId: id, status } = (content ?? {}) as { uploadId?: unknown; status?: unknown };
  if (id !== uploadId || Object.keys(content as object).length !== 2) return undefined;
  return status === 'received' || status === 'failed' ? status : undefined;
}

/** A route with the guard alone may answer with plain text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param mayBeStored whether the request completes the upload, which OSS may have done before the request failed */
export function refusal(
  { status, text }: TransportAnswer,
  uploadId: string,
  mayBeStored = false,
): OssUploadError {
  const { code: ossCode, message, ec, requestId } = readError(text);
  const details = { uploadId, httpStatus: status, ossCode, ec, requestId, mayBeStored };
  return new OssUploadError(
    codeOf(ossCode, message),
    `OSS refused the upload: ${status} ${ossCode} ${message}`,
    details,
  );
}

/** OSS has one code for everything that a policy does not allow; the message says what it is. */
function codeOf(ossCode: string, message: string): OssUploadErrorCode {
  if (ossCode === 'EntityTooLarge') return 'TOO_LARGE';
  if (/expired/i.test(ossCode)) return 'EXPIRED';
  if (ossCode !== 'AccessDenied') return 'REFUSED_BY_OSS';
  if (/expired/i.test(message)) return 'EXPIRED';
  return /polic/i.test(message) && /content-type/i.test(message) ? 'WRONG_TYPE' : 'REFUSED_BY_OSS';
}

/** OSS's errors are XML, also that of a failed callback. */
function readError(xml: string) {
  const read = (name: string) => readElement(xml, name);
  return {
    code: read('Code'),
    message: read('Message'),
    ec: read('EC'),
    requestId: read('RequestId'),
  };
}

/** The text of the first element of that name; empty if there is none. */
export function readElement(xml: string, name: string): string {
  const [, rest = ''] = xml.split(`<${name}>`, 2);
  return decode(rest.split('<', 1)[0]!);
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decode(text: string): string {
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_entity, name: string) => ENTITIES[name]!);
}
