import type { IncomingMessage } from 'node:http';
import { OssFailure } from './oss-failure.js';

/**
 * The whole body as text.
 * @throws OssFailure `MalformedXML` where there is more than the limit
 */
export async function readText(body: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Uint8Array);
    sizeBytes += (chunk as Uint8Array).byteLength;
    if (sizeBytes > maxBytes) throw new OssFailure('MalformedXML');
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}
