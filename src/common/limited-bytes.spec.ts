import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitedBytes, readLimited } from './limited-bytes.js';

describe('LimitedBytes', () => {
  it('holds all pieces in their order, up to the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.nat(100), (pieces, maxBytes) => {
        const whole = Buffer.concat(pieces);
        const limited = new LimitedBytes(maxBytes);
        const isWithin = pieces.map((piece) => limited.add(piece)).every(Boolean);
        expect(limited.bytes.equals(whole.subarray(0, maxBytes))).toBe(true);
        expect(isWithin).toBe(whole.byteLength <= maxBytes);
      }),
    );
  });

  it('takes no more than twice the memory of its bytes, in pieces of one byte as well', () => {
    const limited = new LimitedBytes(1_000_000);
    const piece = Buffer.alloc(64 * 1024).subarray(7, 8); // as a socket gives them
    for (let count = 0; count < 300_000; count += 1) limited.add(piece);
    expect(limited.bytes.byteLength).toBe(300_000);
    expect(limited.bytes.buffer.byteLength).toBeLessThanOrEqual(600_000);
  });
});

describe('readLimited', () => {
  const stream = () => Readable.from([Buffer.from('abc'), Buffer.from('def')]);

  it.each([
    [7, 'abcdef', true],
    [6, 'abcdef', true],
    [5, 'abcde', false],
    [0, '', false],
  ])('reads no more than %i bytes', async (maxBytes, text, isWhole) => {
    expect(await readLimited(stream(), maxBytes)).toEqual({ bytes: Buffer.from(text), isWhole });
  });

  it('closes a stream that has more, and gives the error of one that breaks', async () => {
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(1_024)) });
    expect((await readLimited(endless, 5_000)).bytes).toHaveLength(5_000);
    expect(endless.destroyed).toBe(true);
    const broken = new Readable({ read: () => void broken.destroy(new Error('broken')) });
    await expect(readLimited(broken, 5_000)).rejects.toThrow('broken');
  });
});
