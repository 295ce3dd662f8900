import { POLYNOMIAL } from './crc64.js';

/** Polynomials over GF(2) as CRC64 holds them: the highest bit is x⁰, the lowest x⁶³. */
const ONE = 1n << 63n;
const X = 1n << 62n;

/** Checksum and length of a piece. */
export interface Crc64Piece {
  crc64: bigint;
  sizeBytes: number;
}

/**
 * Computes the CRC64 of consecutive pieces from their checksums: appending n bytes multiplies the checksum of the
 * preceding bytes by x⁸ⁿ. Each further piece of the same length costs one multiplication.
 */
export function combineCrc64(pieces: Iterable<Crc64Piece>): bigint {
  const shifts = new Map<number, bigint>();
  let combined = 0n;
  for (const { crc64, sizeBytes } of pieces) {
    let shift = shifts.get(sizeBytes);
    if (shift === undefined) shifts.set(sizeBytes, (shift = power(sizeBytes * 8)));
    combined = multiply(shift, combined) ^ crc64;
  }
  return combined;
}

/** x to the power of n, modulo the CRC's polynomial. */
function power(n: number): bigint {
  let result = ONE;
  let square = X;
  for (let rest = BigInt(n); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(square, result);
    square = multiply(square, square);
  }
  return result;
}

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= b;
    b = b & 1n ? (b >> 1n) ^ POLYNOMIAL : b >> 1n;
  }
  return product;
}
