import { t } from '../language/language.js';

export interface Sending {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: XMLHttpRequestBodyInit;
  signal: AbortSignal;
  /** Called with how many bytes of the body have left. */
  onProgress?: (sentBytes: number) => void;
}

export interface OssAnswer {
  status: number;
  text: string;
}

/** XMLHttpRequest, since `fetch` does not tell how much of a body has left. */
export function send({ method, url, headers = {}, body, signal, onProgress }: Sending) {
  return new Promise<OssAnswer>((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onProgress)
      request.upload.addEventListener('progress', (event) => onProgress(event.loaded));
    const cancel = () => request.abort();
    signal.addEventListener('abort', cancel);
    request.addEventListener('loadend', () => signal.removeEventListener('abort', cancel));
    request.addEventListener('abort', () => reject(signal.reason as Error));
    request.addEventListener('error', () => reject(new Error(t('ossUnreachable'))));
    request.addEventListener('load', () =>
      resolve({ status: request.status, text: request.responseText }),
    );
    request.send(body);
  });
}
