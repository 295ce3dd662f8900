import { Readable } from 'node:stream';
import { LimitedBytes } from '../../../common/limited-bytes.js';
import { type Content, type ContentStore, Digest, type ReceivedContent } from './content.js';

export class MemoryContentStore implements ContentStore {
  async receive(
    source: AsyncIterable<Uint8Array>,
    limitBytes = Infinity,
  ): Promise<ReceivedContent | undefined> {
    const digest = new Digest();
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) {
      digest.update(chunk);
      if (digest.sizeBytes > limitBytes) return undefined;
      chunks.push(chunk);
    }
    return digest.finish(new MemoryContent(Buffer.concat(chunks)));
  }

  /** Both have the bytes, which never change. */
  async copy(content: Content): Promise<Content> {
    return new MemoryContent(content.bytes());
  }

  async append(content: Content, piece: Content): Promise<Content> {
    const growing =
      content instanceof GrowingContent ? content.growing : new LimitedBytes(Infinity);
    if (growing.bytes.byteLength === 0) growing.add(content.bytes());
    growing.add(piece.bytes());
    return new GrowingContent(growing);
  }
}

class MemoryContent implements Content {
  readonly name = '';

  constructor(private readonly data: Buffer) {}

  get sizeBytes(): number {
    return this.data.byteLength;
  }

  bytes(): Buffer {
    return this.data;
  }

  beginning(maxBytes: number): Buffer {
    return this.data.subarray(0, maxBytes);
  }

  stream(start: number, end: number): Readable {
    return Readable.from([this.data.subarray(start, end + 1)]);
  }

  async discard(): Promise<void> {
    // garbage-collected
  }
}

/** Content of which more may follow, in memory that has room for it. */
class GrowingContent extends MemoryContent {
  constructor(readonly growing: LimitedBytes) {
    super(growing.bytes);
  }
}
