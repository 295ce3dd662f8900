import { randomBytes } from 'node:crypto';

/** A UUIDv7 (RFC 9562): milliseconds first, so that index inserts are in chronological order. */
export function createUploadId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return uuidFromBytes(bytes);
}

/** The lowest upload id of a millisecond: earlier ids sort before it. */
export function firstUploadIdAt(time: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, time), 0, 6);
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  return uuidFromBytes(bytes);
}

/** When an upload id was created, in milliseconds since 1970. */
export function uploadIdTime(uploadId: string): number {
  return uuidToBytes(uploadId).readUIntBE(0, 6);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** PostgreSQL answers with an error where a `uuid` is compared with something else. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

export function uuidFromBytes(bytes: Buffer, start = 0): string {
  const hex = bytes.toString('hex', start, start + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function uuidToBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}
