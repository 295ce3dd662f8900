import type { FetchLike } from '../environment.js';
import { noAnswer, type Transport } from './transport.js';

/**
 * Why a request of a mini-program failed.
 * @inline
 */
interface Failed {
  errMsg: string;
}

/**
 * The parts of `wx` or `uni` that are used.
 * @category Transports
 */
export interface MiniProgram {
  /** Sends a form with a file. */
  uploadFile(options: {
    url: string;
    filePath: string;
    name: string;
    formData: Record<string, string>;
    success(answer: { statusCode: number; data: string }): void;
    fail(failed: Failed): void;
  }): {
    /** Cancels the request. */
    abort(): void;
    /** Reports progress. */
    onProgressUpdate(
      listener: (progress: { totalBytesSent: number; totalBytesExpectedToSend: number }) => void,
    ): void;
  };
  /** Sends a request to the app. */
  request(options: {
    url: string;
    method: never;
    header: Record<string, string>;
    data?: string;
    dataType: string;
    success(answer: { statusCode: number; data: unknown }): void;
    fail(failed: Failed): void;
  }): unknown;
}

/**
 * Options of `createOssUploader` in a mini-program: `createOssUploader({ url, ...miniProgram(wx) })`, or `uni` for
 * `wx`. Files are `{ filePath, name, type, size }`, and sent as forms.
 * @category Transports
 */
export function miniProgram(program: MiniProgram): {
  /** For requests to OSS. */
  transport: Transport;
  /** For requests to the app. */
  fetch: FetchLike;
} {
  return { transport: miniProgramTransport(program), fetch: requestOf(program) };
}

/**
 * The transport of a mini-program for `uploadToOss`, with the authorisation of a form.
 * @category Transports
 */
export function miniProgramTransport({ uploadFile }: Pick<MiniProgram, 'uploadFile'>): Transport {
  return {
    carriers: ['form'],
    send: ({ url, fields, file, signal, onProgress }) =>
      new Promise((resolve, reject) => {
        if (!fields || !file || !('filePath' in file)) {
          throw new TypeError('A mini-program can only send a form, with a file { filePath }.');
        }
        const task = uploadFile({
          url,
          filePath: file.filePath,
          name: 'file',
          formData: { ...fields },
          success: ({ statusCode, data }) => end(() => resolve({ status: statusCode, text: data })),
          fail: ({ errMsg }) => end(() => reject(noAnswer(true, errMsg))),
        });
        const cancel = () => task.abort();
        const end = (settle: () => void) => {
          signal.removeEventListener('abort', cancel);
          settle();
        };
        signal.addEventListener('abort', cancel);
        task.onProgressUpdate(({ totalBytesSent, totalBytesExpectedToSend }) =>
          onProgress?.(totalBytesSent, totalBytesExpectedToSend),
        );
      }),
  };
}

function requestOf({ request }: Pick<MiniProgram, 'request'>): FetchLike {
  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      request({
        url,
        method: method as never,
        header: headers,
        ...(body === undefined ? {} : { data: body }),
        dataType: 'text', // as it is, not parsed
        success: ({ statusCode, data }) =>
          resolve({ status: statusCode, text: () => Promise.resolve(data as string) }),
        fail: ({ errMsg }) => reject(new Error(errMsg)),
      });
    });
}
