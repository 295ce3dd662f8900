import type { ShownOption } from '../protocol/object-options.js';
import { OPTION_DIGEST_BYTES, type OptionTerms } from '../variables/option-terms.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import { ARRIVAL_DIGEST_BYTES } from './callback-arrival.js';
import { uuidFromBytes, uuidToBytes } from './upload-id.js';

const VERSION = 1;
const FLAG_UPLOAD_ID_PINNED = 1;
const FLAG_HAS_MAX_SIZE = 2;
const FLAG_ANY_METADATA = 4;
const KNOWN_FLAGS = FLAG_UPLOAD_ID_PINNED | FLAG_HAS_MAX_SIZE | FLAG_ANY_METADATA;
export const KEY_ID_BYTES = 4;
const FIXED_BYTES = 1 + 1 + KEY_ID_BYTES + 16 + 6 + 8 + 8 + 1 + 1;
const OPTION_BYTES = 1 + OPTION_DIGEST_BYTES;
/** Tickets refer to an option by its index here. */
const OPTIONS: readonly ShownOption[] = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'storageClass',
  'serverSideEncryption',
  'serverSideEncryptionKeyId',
  'tagCount',
  'metadata',
];

/** The content of a ticket before its MAC. */
export interface TicketContent {
  keyId: Buffer;
  terms: UploadTerms;
  /** Digests of the places where the callback may arrive; at least one. */
  arrivals: readonly Buffer[];
}

/**
 * The readable part of a ticket, as bytes: version, flags, key id, upload id, acceptUntil (seconds), smallest and
 * largest size, numbers of arrivals and of options, their digests (an option's after its index), then owner and content
 * types, each with its length before it.
 */
export function encodeTicket({ keyId, terms, arrivals }: TicketContent): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  const options = OPTIONS.flatMap((option, place) => {
    const digest = terms.options?.digests[option];
    return digest === undefined
      ? []
      : [Buffer.concat([Buffer.of(place), Buffer.from(digest, 'base64url')])];
  });
  let offset = fixed.writeUInt8(VERSION, 0);
  offset = fixed.writeUInt8(
    (terms.uploadIdPinned ? FLAG_UPLOAD_ID_PINNED : 0) |
      (terms.maxSizeBytes === undefined ? 0 : FLAG_HAS_MAX_SIZE) |
      (terms.options?.anyMetadata ? FLAG_ANY_METADATA : 0),
    offset,
  );
  fixed.set(keyId, offset);
  fixed.set(uuidToBytes(terms.uploadId), offset + KEY_ID_BYTES);
  offset += KEY_ID_BYTES + 16;
  offset = fixed.writeUIntBE(Math.floor(terms.acceptUntil.getTime() / 1000), offset, 6);
  offset = fixed.writeBigUInt64BE(BigInt(terms.minSizeBytes), offset);
  offset = fixed.writeBigUInt64BE(BigInt(terms.maxSizeBytes ?? 0), offset);
  offset = fixed.writeUInt8(arrivals.length, offset);
  fixed.writeUInt8(options.length, offset);
  return Buffer.concat([
    fixed,
    ...arrivals,
    ...options,
    lengthPrefixed(terms.owner ?? ''),
    ...terms.contentTypes.map((type) => lengthPrefixed(type)),
  ]);
}

/** @returns nothing for bytes that {@link encodeTicket} would not write */
export function decodeTicket(bytes: Buffer): TicketContent | undefined {
  if (bytes.byteLength < FIXED_BYTES || bytes[0] !== VERSION) return undefined;
  const flags = bytes[1]!;
  if ((flags & ~KNOWN_FLAGS) !== 0) return undefined;
  let offset = 2 + KEY_ID_BYTES;
  const uploadId = uuidFromBytes(bytes, offset);
  offset += 16;
  const acceptUntil = new Date(bytes.readUIntBE(offset, 6) * 1000);
  const minSizeBytes = readSize(bytes, offset + 6);
  const maxSizeBytes = flags & FLAG_HAS_MAX_SIZE ? readSize(bytes, offset + 14) : undefined;
  const arrivalCount = bytes[FIXED_BYTES - 2]!;
  const optionCount = bytes[FIXED_BYTES - 1]!;
  const optionStart = FIXED_BYTES + arrivalCount * ARRIVAL_DIGEST_BYTES;
  const textStart = optionStart + optionCount * OPTION_BYTES;
  if (arrivalCount === 0 || bytes.byteLength < textStart + 2) return undefined;
  const arrivals = split(bytes.subarray(FIXED_BYTES, optionStart), ARRIVAL_DIGEST_BYTES);
  const digests = readDigests(split(bytes.subarray(optionStart, textStart), OPTION_BYTES));
  if (!digests) return undefined;
  const texts: string[] = [];
  for (offset = textStart; offset < bytes.byteLength;) {
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
    arrivals,
    terms: {
      uploadId,
      owner: owner === '' ? undefined : owner,
      minSizeBytes,
      maxSizeBytes,
      contentTypes,
      options: { digests, anyMetadata: (flags & FLAG_ANY_METADATA) !== 0 },
      acceptUntil,
      uploadIdPinned,
    },
  };
}

function split(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += size) {
    pieces.push(bytes.subarray(offset, offset + size));
  }
  return pieces;
}

function readDigests(options: readonly Buffer[]): OptionTerms['digests'] | undefined {
  const digests: Partial<Record<ShownOption, string>> = {};
  for (const bytes of options) {
    const option = OPTIONS[bytes[0]!];
    if (option === undefined || option in digests) return undefined;
    digests[option] = bytes.toString('base64url', 1);
  }
  return digests;
}

/** An unsigned 64-bit number; those that a ticket holds are safe integers. */
function readSize(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 2 ** 32 + bytes.readUInt32BE(offset + 4);
}

/** The length in bytes, then the text: different lists of texts never result in the same bytes. */
function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}
