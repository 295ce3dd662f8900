import { createHash } from 'node:crypto';
import { crc64 } from '../../src/protocol/checksum/crc64.js';
import { uuidFromBytes } from '../../src/ticket/upload-id.js';
import { CONTENT, OWNERS } from './world.js';

/** The n-th upload of the bench: every process that is told where counting starts knows the same ones. */
export interface BenchUpload {
  /** UUIDv7. */
  id: string;
  object: string;
  owner: string;
}

const UPLOADS_PER_MS = 16;

export function benchUpload(firstUploadAt: number, index: number): BenchUpload {
  const bytes = Buffer.alloc(16, createHash('md5').update(String(index)).digest());
  bytes.writeUIntBE(firstUploadAt + Math.floor(index / UPLOADS_PER_MS), 0, 6);
  bytes.writeUInt16BE(0x7000 | (index % UPLOADS_PER_MS), 6);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const id = uuidFromBytes(bytes);
  const owner = `user-${index % OWNERS}`;
  return { id, object: `users/${owner}/${id}.jpg`, owner };
}

const md5 = createHash('md5').update(CONTENT).digest();

/** What OSS says of every object: they have the same content. */
export const OBJECT_FACTS = {
  etag: md5.toString('hex').toUpperCase(),
  size: CONTENT.byteLength,
  crc64: String(crc64(CONTENT)),
  contentMd5: md5.toString('base64'),
};
