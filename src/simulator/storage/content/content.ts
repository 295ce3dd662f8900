import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Crc64 } from '../../../protocol/checksum/crc64.js';

/** The bytes of an object, in memory or in a file. */
export interface Content {
  readonly sizeBytes: number;
  /** Name within the store; empty in memory. */
  readonly name: string;
  bytes(): Buffer;
  /** At most this many bytes from the beginning. */
  beginning(maxBytes: number): Buffer;
  /** @param end inclusive */
  stream(start: number, end: number): Readable;
  discard(): Promise<void>;
}

/** Content with the checksums that were computed while it arrived. */
export interface ReceivedContent {
  content: Content;
  sizeBytes: number;
  md5: Buffer;
  crc64: bigint;
}

export interface ContentStore {
  /**
   * Receives all the bytes of a source.
   * @returns `undefined` if there are more than the limit; the rest of the source is not read
   */
  receive(
    source: AsyncIterable<Uint8Array>,
    limitBytes?: number,
  ): Promise<ReceivedContent | undefined>;

  /** A second content of the same bytes, which can be discarded without the first. */
  copy(content: Content): Promise<Content>;

  /**
   * Adds a piece to the end of a content, and takes the piece for that.
   * @returns the longer content. The shorter one can still be read, until either is discarded.
   */
  append(content: Content, piece: Content): Promise<Content>;
}

/**
 * Runs checks and changes that may still refuse content that has arrived.
 * @param content freed if they throw
 */
export async function orDiscard<Result>(
  content: Content | undefined,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await content?.discard();
    throw error;
  }
}

/** Computes the checksums of content while it arrives. */
export class Digest {
  private readonly md5 = createHash('md5');
  private readonly crc64 = new Crc64();
  sizeBytes = 0;

  update(chunk: Uint8Array): void {
    this.md5.update(chunk);
    this.crc64.update(chunk);
    this.sizeBytes += chunk.byteLength;
  }

  finish(content: Content): ReceivedContent {
    return {
      content,
      sizeBytes: this.sizeBytes,
      md5: this.md5.digest(),
      crc64: this.crc64.digest(),
    };
  }
}
