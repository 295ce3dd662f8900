import { readFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { fileURLToPath } from 'node:url';

interface UriPart {
  uri: string;
  name: string;
  type: string;
}

/** As React Native's: a value is a text, or `{ uri, name, type }`. */
export class ReactNativeFormData {
  readonly parts: [string, string | UriPart][] = [];

  append(name: string, value: string | UriPart): void {
    this.parts.push([name, value]);
  }
}

type Listener = (event: { loaded: number; total: number }) => void;

class Events {
  private readonly listeners = new Map<string, Listener[]>();

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  dispatch(type: string, event = { loaded: 0, total: 0 }): void {
    for (const listener of this.listeners.get(type) ?? []) listener(event);
  }
}

/**
 * As React Native's, whose native part reads the files and writes the form. Its `upload` tells of progress, and never of
 * the end.
 * @see https://github.com/facebook/react-native/blob/main/packages/react-native/Libraries/Network/XMLHttpRequest.js
 */
export class ReactNativeXhr extends Events {
  status = 0;
  responseText = '';
  readonly upload = new Events();
  private readonly headers: Record<string, string> = {};
  private method = '';
  private url = '';
  private sending: ClientRequest | undefined;

  open(method: string, url: string): void {
    this.method = method;
    this.url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  abort(): void {
    this.sending?.destroy();
    this.end('abort');
  }

  send(data?: ReactNativeFormData | UriPart): void {
    const boundary = 'react-native-boundary-7f3a';
    const isForm = data instanceof ReactNativeFormData;
    const body = isForm ? formOf(data, boundary) : data && readFileSync(fileURLToPath(data.uri));
    const headers = {
      ...this.headers,
      ...(isForm ? { 'content-type': `multipart/form-data; boundary=${boundary}` } : {}),
      'content-length': body?.byteLength ?? 0,
    };
    this.sending = request(this.url, { method: this.method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        this.status = response.statusCode!;
        this.responseText = Buffer.concat(chunks).toString('utf8');
        this.end('load');
      });
    });
    this.sending.on('error', () => this.end('error'));
    const total = body?.byteLength ?? 0;
    for (const loaded of [Math.floor(total / 2), total]) {
      this.upload.dispatch('progress', { loaded, total });
    }
    this.sending.end(body);
  }

  private end(type: string): void {
    this.dispatch(type);
    this.dispatch('loadend');
  }
}

function formOf({ parts }: ReactNativeFormData, boundary: string): Buffer {
  const pieces = parts.flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
    return typeof value === 'string'
      ? [Buffer.from(`${head}\r\n\r\n${value}\r\n`)]
      : [
          Buffer.from(`${head}; filename="${value.name}"\r\nContent-Type: ${value.type}\r\n\r\n`),
          readFileSync(fileURLToPath(value.uri)),
          Buffer.from('\r\n'),
        ];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}
