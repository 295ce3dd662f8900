import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { splitTarget } from '../../protocol/callback/request-target.js';
import { textOfBytes } from './raw-text.js';

/** A decoded request. Nothing is validated yet. */
export interface OssRequest {
  /** 24 upper-case hex digits. */
  id: string;
  method: string;
  /** As in the request line, without the query. */
  rawPath: string;
  query: Readonly<Record<string, string>>;
  /** Lower-case names, values as UTF-8; other bytes as `raw-text.ts` writes them. */
  headers: Readonly<Record<string, string>>;
  /** The Host header without its port. */
  hostname: string;
  clientIp: string;
  receivedAt: Date;
  body: IncomingMessage;
}

export function readRequest(message: IncomingMessage, receivedAt: Date): OssRequest {
  const { path, query } = splitTarget(requestTarget(message.url ?? '/'));
  const headers = readHeaders(message);
  return {
    id: newRequestId(),
    method: message.method ?? 'GET',
    rawPath: path,
    query: readQuery(query.slice(1)),
    headers,
    hostname: (headers.host ?? '').replace(/:\d*$/, '').toLowerCase(),
    clientIp: (message.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    receivedAt,
    body: message,
  };
}

/** Percent-decodes a text, or returns it unchanged if it cannot be decoded. */
function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Clients of a proxy send the absolute URL in the request line. */
function requestTarget(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
}

function readQuery(text: string): Record<string, string> {
  const pairs = text.split('&').filter((part) => part !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
      return [decodeOrKeep(name), decodeOrKeep(value.join('='))] as const;
    }),
  );
}

function readHeaders(message: IncomingMessage): Record<string, string> {
  const headers = Object.entries(message.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')] as const,
  );
  return Object.fromEntries(headers.map(([name, value]) => [name, decodeHeader(value)]));
}

/** Node.js decodes headers as Latin-1; SDKs send and sign UTF-8. */
function decodeHeader(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  return textOfBytes(Buffer.from(value, 'latin1'));
}

/** A request id in OSS's form: 24 upper-case hex digits. */
export function newRequestId(): string {
  return randomBytes(12).toString('hex').toUpperCase();
}
