import { array, assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc64 } from './crc64.js';
import { combineCrc64 } from './crc64-combine.js';

const pieceOf = (bytes: Uint8Array) => ({ crc64: crc64(bytes), sizeBytes: bytes.byteLength });

describe('combineCrc64', () => {
  it('is the checksum of the whole, however it is cut', () => {
    assert(
      property(array(uint8Array({ maxLength: 300 }), { maxLength: 6 }), (pieces) => {
        expect(combineCrc64(pieces.map(pieceOf))).toBe(crc64(Buffer.concat(pieces)));
      }),
    );
  });

  it('minds the order of the pieces', () => {
    const [a, b] = [pieceOf(Buffer.from('a')), pieceOf(Buffer.from('bc'))];
    expect(combineCrc64([a, b])).not.toBe(combineCrc64([b, a]));
  });

  it('takes ten thousand pieces, and lengths beyond 32 bits', () => {
    const piece = pieceOf(Buffer.alloc(1_000, 7));
    const pieces = Array.from({ length: 10_000 }, () => piece);
    expect(combineCrc64(pieces)).toBe(crc64(Buffer.alloc(10_000_000, 7)));
    // Appending zeros twice in pieces of 2^33 bytes is appending 2^34 of them at once.
    const zeros = (sizeBytes: number) => ({ crc64: 0n, sizeBytes });
    expect(combineCrc64([piece, zeros(2 ** 33), zeros(2 ** 33)])).toBe(
      combineCrc64([piece, zeros(2 ** 34)]),
    );
  });
});
