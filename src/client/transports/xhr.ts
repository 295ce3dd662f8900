import { environment, type Request } from '../environment.js';
import type { UploadSource } from '../source.js';
import { formOf } from './form-data.js';
import { type Transport, TransportFailure } from './transport.js';

/**
 * XMLHttpRequest: `fetch` does not say how much of a body has left. React Native's sends files that are given as
 * `{ uri, name, type }`.
 */
export const xhrTransport: Transport = {
  carriers: ['form', 'put', 'multipart'],
  send: ({ method, url, headers = {}, fields, file, fileName, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      const request = new environment.XMLHttpRequest!();
      // Browsers say when the body has left. Whether React Native does so is not documented.
      let mayHaveArrived = file === undefined || 'uri' in file;
      const fail = (message: string) => reject(new TransportFailure(message, mayHaveArrived));
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (file !== undefined) {
        request.upload.addEventListener('progress', ({ loaded, total }) => {
          if (loaded === total) mayHaveArrived = true;
          onProgress?.(loaded, total);
        });
        request.upload.addEventListener('load', () => (mayHaveArrived = true));
      }
      listen(request, {
        load: () => resolve({ status: request.status, text: request.responseText }),
        error: () => fail('No answer came from OSS.'),
        timeout: () => fail('No answer came from OSS in time.'),
        abort: () => fail('The request was cancelled.'),
      });
      const cancel = () => request.abort();
      signal.addEventListener('abort', cancel);
      request.addEventListener('loadend', () => signal.removeEventListener('abort', cancel));
      request.send(fields && file ? formOf(fields, file as UploadSource, fileName) : file);
    }),
};

function listen(request: Request, listeners: Record<string, () => void>): void {
  for (const [type, listener] of Object.entries(listeners))
    request.addEventListener(type, listener);
}
