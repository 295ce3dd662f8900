import type { IncomingMessage } from 'node:http';
import { OssFailure } from './oss-failure.js';

/** The whole body; `undefined` where it has more bytes than the limit. */
export async function readBody(
  body: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // What is left unread is drained before the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The whole body as text, without the white space around it.
 * @throws OssFailure `MalformedXML` where it has more bytes than the limit
 */
export async function readText(body: IncomingMessage, maxBytes: number): Promise<string> {
  const bytes = await readBody(body, maxBytes);
  if (!bytes) throw new OssFailure('MalformedXML');
  return bytes.toString('utf8').trim();
}
