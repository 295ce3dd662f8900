import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  readSync,
} from 'node:fs';
import { copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Content, type ContentStore, Digest, type ReceivedContent } from './content.js';

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

  /**
   * Hard-links the file if the file system supports that. The two can share it, because only the end of a file ever
   * changes: each reads as many bytes as the file had when it was created.
   */
  async copy({ name, sizeBytes }: Content): Promise<Content> {
    const [source, copy] = [join(this.folder, name), randomUUID()];
    const path = join(this.folder, copy);
    await link(source, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw error;
      return copyFile(source, path, constants.COPYFILE_FICLONE);
    });
    return this.open(copy, sizeBytes);
  }

  /** Overwrites what a failed append has left behind the end. */
  async append(content: Content, piece: Content): Promise<Content> {
    const { name, sizeBytes } = content;
    const path = join(this.folder, name);
    await pipeline(
      piece.stream(0, piece.sizeBytes - 1),
      createWriteStream(path, { flags: 'r+', start: sizeBytes }),
    );
    await piece.discard();
    return this.open(name, sizeBytes + piece.sizeBytes);
  }

  private open(name: string, sizeBytes: number): Content {
    return new FileContent(join(this.folder, name), name, sizeBytes);
  }
}

class FileContent implements Content {
  constructor(
    private readonly path: string,
    readonly name: string,
    readonly sizeBytes: number,
  ) {}

  bytes(): Buffer {
    return this.beginning(this.sizeBytes);
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

  /**
   * Opened on the first read. A stream that opens at once would emit its error before there is a listener, and leave
   * its file open.
   */
  stream(start: number, end: number): Readable {
    return Readable.from(readBytes(this.path, start, end), { objectMode: false });
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

async function* readBytes(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start <= end) yield* createReadStream(path, { start, end }) as AsyncIterable<Uint8Array>;
}
