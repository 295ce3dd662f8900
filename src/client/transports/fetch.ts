import { environment } from '../environment.js';
import type { UploadSource } from '../source.js';
import { formOf } from './form-data.js';
import { noAnswer, type Transport } from './transport.js';

/**
 * Sends requests with `fetch`, for workers and Node. Progress is only reported once a request is answered.
 * @category Transports
 */
export const fetchTransport: Transport = {
  carriers: ['form', 'put', 'multipart'],
  async send({ method, url, headers, fields, file, fileName, signal, onProgress }) {
    const controller = new environment.AbortController();
    const cancel = () => controller.abort();
    signal.addEventListener('abort', cancel);
    try {
      const body = fields && file ? formOf(fields, file as UploadSource, fileName) : file;
      const init = { method, headers, body, signal: controller.signal };
      const answer = await environment.fetch(url, init);
      if (file?.size !== undefined) onProgress?.(file.size, file.size);
      return { status: answer.status, text: await answer.text() };
    } catch (cause) {
      throw noAnswer(true, cause);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  },
};
