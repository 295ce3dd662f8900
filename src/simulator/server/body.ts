import type { Readable } from 'node:stream';
import { readLimited } from '../../common/limited-bytes.js';
import { OssFailure } from './oss-failure.js';

/** The chunks of a body. Unlike the stream's own iterator, it leaves the stream open if not all are read. */
export function chunksOf(body: Readable): AsyncIterable<Buffer> {
  return body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

/** Reads the whole body. Returns `undefined` if it is larger than the limit. */
export async function readBody(body: Readable, maxBytes: number): Promise<Buffer | undefined> {
  const { bytes, isWhole } = await readLimited(chunksOf(body), maxBytes);
  return isWhole ? bytes : undefined;
}

/**
 * Reads the whole body as text, trimmed.
 * @throws OssFailure `MalformedXML` if it is larger than the limit
 */
export async function readText(body: Readable, maxBytes: number): Promise<string> {
  const bytes = await readBody(body, maxBytes);
  if (!bytes) throw new OssFailure('MalformedXML');
  return bytes.toString('utf8').trim();
}
