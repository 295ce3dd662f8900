import { readFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { basename } from 'node:path';
import type { MiniProgram } from '../../src/client/index.js';

type UploadOptions = Parameters<MiniProgram['uploadFile']>[0];
type ProgressListener = Parameters<ReturnType<MiniProgram['uploadFile']>['onProgressUpdate']>[0];

const TYPES: Record<string, string> = { txt: 'text/plain', png: 'image/png', jpg: 'image/jpeg' };

/**
 * `wx` as far as files are uploaded and requests are sent, after its documentation: fields before the file, all of them
 * texts; the file named and typed by its path; answers of any status by `success`, with the body as a text; no answer, and
 * `abort()`, by `fail`.
 * @see https://developers.weixin.qq.com/miniprogram/en/dev/api/network/upload/wx.uploadFile.html
 */
export class MiniProgramStandIn {
  readonly uploads: UploadOptions[] = [];
  /** `http://…` in place of what the phone would reach. */
  redirect: (url: string) => string = (url) => url;

  readonly uploadFile = (options: UploadOptions) => {
    this.uploads.push(options);
    const listeners = new Set<ProgressListener>();
    let sending: ClientRequest | undefined;
    let isOver = false;
    const over = (call: () => void) => {
      if (isOver) return;
      isOver = true;
      setImmediate(call);
    };
    const fail = (reason: string) =>
      over(() => options.fail({ errMsg: `uploadFile:fail ${reason}` }));
    // native code begins when the script has returned
    setImmediate(() => {
      let body: Buffer;
      const boundary = `----MiniProgramBoundary${Date.now().toString(36)}`;
      try {
        body = multipartBody(options, boundary);
      } catch {
        return fail('file not found');
      }
      sending = request(
        this.redirect(options.url),
        {
          method: 'POST',
          headers: {
            'content-type': `multipart/form-data; boundary=${boundary}`,
            'content-length': body.byteLength,
            referer: 'https://servicewechat.com/touristappid/devtools/page-frame.html',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const data = Buffer.concat(chunks).toString('utf8');
            over(() => options.success({ statusCode: response.statusCode!, data }));
          });
        },
      );
      sending.on('error', () => fail('net::ERR_CONNECTION_RESET'));
      const total = body.byteLength;
      for (const totalBytesSent of [Math.floor(total / 3), total]) {
        for (const listener of listeners) {
          listener({ totalBytesSent, totalBytesExpectedToSend: total });
        }
      }
      if (!isOver) sending.end(body);
      return undefined;
    });
    return {
      abort: () => {
        sending?.destroy();
        fail('abort');
      },
      onProgressUpdate: (listener: ProgressListener) => void listeners.add(listener),
    };
  };

  readonly request: MiniProgram['request'] = (options) => {
    const { url, method, header, data } = options;
    const init = { method, headers: header, ...(data === undefined ? {} : { body: data }) };
    void fetch(url, init).then(
      async (answer) => options.success({ statusCode: answer.status, data: await answer.text() }),
      () => options.fail({ errMsg: 'request:fail' }),
    );
    return {};
  };
}

function multipartBody({ formData, filePath, name }: UploadOptions, boundary: string): Buffer {
  const fields = Object.entries(formData).map(
    ([field, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  const fileName = basename(filePath);
  const type = TYPES[fileName.split('.').at(-1)!] ?? 'application/octet-stream';
  return Buffer.concat([
    Buffer.from(fields.join('')),
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: ${type}\r\n\r\n`,
    ),
    readFileSync(filePath),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}
