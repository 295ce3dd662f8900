import type { CallbackRequest } from '../../src/testing/index.js';

type Headers = [name: string, value: string][];

/** A request that is taken apart. */
export interface Parts {
  target: string;
  headers: Headers;
  body: Buffer;
}

export function partsOf({ url, headers, body }: CallbackRequest): Parts {
  return { target: url, headers: Object.entries(headers), body };
}

export function ofCallback(callback: CallbackRequest): Buffer {
  return toBytes(partsOf(callback));
}

/** The length is the body's where a mutation did not set another. */
export function toBytes({ target, headers, body }: Parts, setLength = true): Buffer {
  const lines = headers.map(([name, value]) => {
    const isLength = setLength && name === 'content-length';
    return `${name}: ${isLength ? body.byteLength : value}\r\n`;
  });
  const head = `POST ${target} HTTP/1.1\r\nhost: app.example.org\r\nconnection: close\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

export function withHeader(parts: Parts, name: string, change: (value: string) => string): Buffer {
  const headers = parts.headers.map(([one, value]): [string, string] => [
    one,
    one === name ? change(value) : value,
  ]);
  return toBytes({ ...parts, headers }, name !== 'content-length');
}

export function fieldOf(body: Buffer, field: string): string {
  const pair = body
    .toString()
    .split('&')
    .find((one) => one.startsWith(`${field}=`));
  if (pair === undefined) throw new Error(`the body has no ${field}`);
  return pair.slice(field.length + 1);
}

export function changeField(
  body: Buffer,
  field: string,
  change: (value: string) => string,
): string {
  const value = fieldOf(body, field);
  const changed = encodeURIComponent(change(decodeURIComponent(value)));
  if (changed === value) throw new Error(`${field} was not changed`);
  return body
    .toString()
    .split('&')
    .map((pair) => (pair === `${field}=${value}` ? `${field}=${changed}` : pair))
    .join('&');
}
