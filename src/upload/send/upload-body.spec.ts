import { Readable } from 'node:stream';
import { array, assert, asyncProperty, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc64 } from '../../protocol/checksum/crc64.js';
import { type BodyLimits, MeteredBody } from './upload-body.js';
import type { UploadStream } from '../upload-request.js';

const none: BodyLimits = { sizeBytes: undefined, minSizeBytes: 0, maxSizeBytes: undefined };

async function read(source: UploadStream, limits: Partial<BodyLimits> = {}) {
  const body = new MeteredBody(source, { ...none, ...limits });
  const sent: Uint8Array[] = [];
  let problem: string | undefined;
  try {
    for await (const bytes of body) sent.push(Buffer.from(bytes));
  } catch (error) {
    problem = (error as Error).message;
  }
  return { bytes: Buffer.concat(sent), problem, body };
}

describe('MeteredBody', () => {
  it('gives the bytes of every source, and their sum', async () => {
    await assert(
      asyncProperty(array(uint8Array({ maxLength: 20 }), { maxLength: 8 }), async (chunks) => {
        const whole = Buffer.concat(chunks);
        for (const sizeBytes of [undefined, whole.byteLength]) {
          const { bytes, problem, body } = await read(Readable.from(chunks), { sizeBytes });
          expect(problem).toBeUndefined();
          expect(bytes.equals(whole)).toBe(true);
          expect([body.sentBytes, body.crc64]).toEqual([whole.byteLength, crc64(whole)]);
        }
      }),
    );
    const web = new Blob(['web']).stream();
    expect((await read(web)).bytes.toString()).toBe('web');
    expect((await read(Readable.from(['té', 'xt']))).bytes.toString()).toBe('téxt');
  });

  it.each<[string, Partial<BodyLimits>, string, string]>([
    ['more than declared', { sizeBytes: 5 }, 'abc', 'does not have the 5 bytes'],
    ['one byte too many in a chunk of its own', { sizeBytes: 6 }, 'abc', 'does not have the 6'],
    ['less than declared', { sizeBytes: 8 }, 'abcdefg', 'does not have the 8 bytes'],
    ['more than allowed', { maxSizeBytes: 5 }, 'abc', 'has more than 5 bytes'],
    ['less than wanted', { minSizeBytes: 8 }, 'abcdefg', 'has less than 8 bytes'],
  ])('breaks off %s, before the body is whole', async (_what, limits, sent, problem) => {
    const result = await read(Readable.from(['abc', 'def', 'g']), limits);
    expect(result.problem).toContain(problem);
    expect(result.bytes.toString()).toBe(sent);
  });

  it('refuses what is no bytes, and passes on what the source throws', async () => {
    expect((await read(Readable.from([1, 2]) as UploadStream)).problem).toContain('than bytes');
    async function* failing() {
      yield 'a';
      throw new Error('the disk is gone');
    }
    expect((await read(failing())).problem).toBe('the disk is gone');
  });

  it('lets go of a source that it does not read to its end', async () => {
    const source = Readable.from(['abc', 'def']);
    await read(source, { maxSizeBytes: 2 });
    expect(source.destroyed).toBe(true);
  });
});
