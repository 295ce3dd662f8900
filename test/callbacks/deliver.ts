import { request } from 'node:http';
import type { CallbackRecord } from '../../src/simulator/index.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The JSON of the answer. */
  json: unknown;
}

/** A request as it goes over the wire, such as a callback in the record of the local OSS. */
export interface RawCallback {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** Sends the bytes of a callback to an app: those that OSS sent, or a changed form of them. */
export function deliver(appUrl: string, { path, headers, body }: RawCallback): Promise<Answer> {
  const { hostname, port } = new URL(appUrl);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        method: 'POST',
        hostname,
        port,
        path,
        headers: { ...headers, 'Content-Length': body.byteLength },
        agent: false,
      },
      (message) => {
        const chunks: Buffer[] = [];
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('error', reject);
        message.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const { statusCode: status = 0, headers: answered } = message;
          resolve({ status, headers: answered, text, json: parse(text) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The last callback that the local OSS made. */
export function lastCallback(oss: { callbacks: readonly CallbackRecord[] }): CallbackRecord {
  const record = oss.callbacks.at(-1);
  if (!record) throw new Error('The local OSS has made no callback yet');
  return record;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
