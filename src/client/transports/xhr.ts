import { environment } from '../environment.js';
import type { UploadSource } from '../source.js';
import { formOf } from './form-data.js';
import { noAnswer, type Transport } from './transport.js';

/**
 * Sends requests with XMLHttpRequest, which reports progress while a body is sent, unlike `fetch`. In React Native it
 * also sends files that are given as `{ uri, name, type }`.
 * @category Transports
 */
export const xhrTransport: Transport = {
  carriers: ['form', 'put', 'multipart'],
  send: ({ method, url, headers = {}, fields, file, fileName, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      const request = new environment.XMLHttpRequest!();
      // Browsers report when the body is sent. Whether React Native does is not documented.
      let mayHaveArrived = file === undefined || 'uri' in file;
      const fail = () => reject(noAnswer(mayHaveArrived));
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (file !== undefined) {
        request.upload.addEventListener('progress', ({ loaded, total }) => {
          if (loaded === total) mayHaveArrived = true;
          onProgress?.(loaded, total);
        });
        request.upload.addEventListener('load', () => (mayHaveArrived = true));
      }
      const answered = () => resolve({ status: request.status, text: request.responseText });
      request.addEventListener('load', answered);
      for (const type of ['error', 'timeout', 'abort']) request.addEventListener(type, fail);
      const cancel = () => request.abort();
      signal.addEventListener('abort', cancel);
      request.addEventListener('loadend', () => signal.removeEventListener('abort', cancel));
      request.send(fields && file ? formOf(fields, file as UploadSource, fileName) : file);
    }),
};
