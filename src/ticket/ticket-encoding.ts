import type { UploadTerms } from '../variables/upload-terms.js';
import { uuidFromBytes, uuidToBytes } from './upload-id.js';

const VERSION = 1;
const FLAG_UPLOAD_ID_PINNED = 1;
const FLAG_HAS_MAX_SIZE = 2;
const KNOWN_FLAGS = FLAG_UPLOAD_ID_PINNED | FLAG_HAS_MAX_SIZE;
export const KEY_ID_BYTES = 4;
const FIXED_BYTES = 1 + 1 + KEY_ID_BYTES + 16 + 6 + 8 + 8;

/**
 * The readable part of a ticket, as bytes: version, flags, key id, upload id, acceptUntil (seconds), smallest and
 * largest size, then owner and content types, each with its length before it.
 */
export function encodeTerms(terms: UploadTerms, keyId: Uint8Array): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  let offset = fixed.writeUInt8(VERSION, 0);
  offset = fixed.writeUInt8(
    (terms.uploadIdPinned ? FLAG_UPLOAD_ID_PINNED : 0) |
      (terms.maxSizeBytes === undefined ? 0 : FLAG_HAS_MAX_SIZE),
    offset,
  );
  fixed.set(keyId, offset);
  fixed.set(uuidToBytes(terms.uploadId), offset + KEY_ID_BYTES);
  offset += KEY_ID_BYTES + 16;
  offset = fixed.writeUIntBE(Math.floor(terms.acceptUntil.getTime() / 1000), offset, 6);
  offset = fixed.writeBigUInt64BE(BigInt(terms.minSizeBytes), offset);
  fixed.writeBigUInt64BE(BigInt(terms.maxSizeBytes ?? 0), offset);
  return Buffer.concat([
    fixed,
    lengthPrefixed(terms.owner ?? ''),
    ...terms.contentTypes.map((type) => lengthPrefixed(type)),
  ]);
}

/** @returns nothing for bytes that {@link encodeTerms} would not write */
export function decodeTerms(bytes: Buffer): { terms: UploadTerms; keyId: Buffer } | undefined {
  if (bytes.byteLength < FIXED_BYTES + 2 || bytes[0] !== VERSION) return undefined;
  const flags = bytes[1]!;
  if ((flags & ~KNOWN_FLAGS) !== 0) return undefined;
  let offset = 2 + KEY_ID_BYTES;
  const uploadId = uuidFromBytes(bytes, offset);
  offset += 16;
  const acceptUntil = new Date(bytes.readUIntBE(offset, 6) * 1000);
  const minSizeBytes = readSize(bytes, offset + 6);
  const maxSizeBytes = flags & FLAG_HAS_MAX_SIZE ? readSize(bytes, offset + 14) : undefined;
  const texts: string[] = [];
  for (offset = FIXED_BYTES; offset < bytes.byteLength;) {
    if (offset + 2 > bytes.byteLength) return undefined;
    const end = offset + 2 + bytes.readUInt16BE(offset);
    if (end > bytes.byteLength) return undefined;
    texts.push(bytes.toString('utf8', offset + 2, end));
    offset = end;
  }
  const [owner, ...contentTypes] = texts;
  const uploadIdPinned = (flags & FLAG_UPLOAD_ID_PINNED) !== 0;
  return {
    keyId: bytes.subarray(2, 2 + KEY_ID_BYTES),
    terms: {
      uploadId,
      owner: owner === '' ? undefined : owner,
      minSizeBytes,
      maxSizeBytes,
      contentTypes,
      acceptUntil,
      uploadIdPinned,
    },
  };
}

/** An unsigned 64-bit number; those that a ticket holds are safe integers. */
function readSize(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
}

/** The length in bytes, then the text: no two lists of texts give the same bytes. */
function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

const NOTHING = new Uint8Array(0);

/**
 * Each piece after its length in four bytes, all of them behind `start`: no two lists of pieces give the same
 * bytes.
 */
export function lengthPrefixedPieces(
  pieces: readonly (string | Uint8Array)[],
  start: Uint8Array = NOTHING,
): Buffer {
  let size = start.byteLength;
  for (const piece of pieces) size += 4 + Buffer.byteLength(piece);
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(start, 0);
  let offset = start.byteLength;
  for (const piece of pieces) {
    const end =
      typeof piece === 'string'
        ? offset + 4 + bytes.write(piece, offset + 4, 'utf8')
        : offset + 4 + piece.byteLength;
    if (typeof piece !== 'string') bytes.set(piece, offset + 4);
    bytes.writeUInt32BE(end - offset - 4, offset);
    offset = end;
  }
  return bytes;
}
