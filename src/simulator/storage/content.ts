import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Crc64 } from '../../protocol/checksum/crc64.js';

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
}

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
}

export class FileContentStore implements ContentStore {
  constructor(private readonly folder: string) {}

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  async receive(
    source: AsyncIterable<Uint8Array>,
    limitBytes = Infinity,
  ): Promise<ReceivedContent | undefined> {
    const digest = new Digest();
    const name = randomUUID();
    const path = join(this.folder, name);
    const file = await open(path, 'wx');
    let complete = false;
    try {
      for await (const chunk of source) {
        digest.update(chunk);
        if (digest.sizeBytes > limitBytes) return undefined;
        await file.writeFile(chunk);
      }
      complete = true;
    } finally {
      await file.close();
      if (!complete) await rm(path, { force: true });
    }
    return digest.finish(this.open(name, digest.sizeBytes));
  }

  /** Finds content that an earlier run received. The name is checked, since the file that it comes from may be edited. */
  find(name: string, sizeBytes: number): Content | undefined {
    if (!/^[0-9a-f-]{36}$/.test(name)) return undefined;
    return existsSync(join(this.folder, name)) ? this.open(name, sizeBytes) : undefined;
  }

  private open(name: string, sizeBytes: number): Content {
    return new FileContent(join(this.folder, name), name, sizeBytes);
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

class FileContent implements Content {
  constructor(
    private readonly path: string,
    readonly name: string,
    readonly sizeBytes: number,
  ) {}

  bytes(): Buffer {
    return readFileSync(this.path);
  }

  beginning(maxBytes: number): Buffer {
    const bytes = Buffer.alloc(Math.min(maxBytes, this.sizeBytes));
    const file = openSync(this.path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.byteLength, 0));
    } finally {
      closeSync(file);
    }
  }

  stream(start: number, end: number): Readable {
    return end < start ? Readable.from([]) : createReadStream(this.path, { start, end });
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

class Digest {
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
