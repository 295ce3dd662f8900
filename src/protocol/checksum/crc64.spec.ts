import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64, crc64 } from './crc64.js';

describe('crc64', () => {
  it('has the published check value', () => {
    expect(crc64(Buffer.from('123456789'))).toBe(11_051_210_869_376_104_954n);
  });

  it('is zero for no data', () => {
    expect(crc64(new Uint8Array())).toBe(0n);
  });

  it('agrees with the definition, bit by bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
        expect(crc64(data)).toBe(bitwise(data));
      }),
    );
  });

  it('agrees with it wherever the data begins in memory', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, index) => index * 37);
    for (let start = 0; start <= 16; start += 1) {
      for (let end = start; end <= 64; end += 1) {
        const data = memory.subarray(start, end);
        expect(crc64(data)).toBe(bitwise(data));
      }
    }
  });

  it('does not depend on how the data is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const crc = new Crc64();
        for (const chunk of chunks) crc.update(chunk);
        expect(crc.digest()).toBe(crc64(Buffer.concat(chunks)));
      }),
    );
  });
});

function bitwise(data: Uint8Array): bigint {
  const ones = (1n << 64n) - 1n;
  let crc = ones;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
    }
  }
  return crc ^ ones;
}
