import { randomBytes } from 'node:crypto';
import { newRequestId } from '../server/oss-request.js';
import {
  type Content,
  type ContentStore,
  FileContentStore,
  MemoryContentStore,
  type ReceivedContent,
} from './content.js';
import { contentFolderOf, ObjectFiles } from './object-files.js';
import { type ObjectRecord, StoredObject } from './stored-object.js';

/** An object to store without an upload. */
export interface ObjectInput {
  bucket: string;
  object: string;
  body: Uint8Array | string;
  /** Default: `application/octet-stream`. */
  mimeType?: string;
  /** Names without `x-oss-meta-`. */
  metadata?: Readonly<Record<string, string>>;
  /** Options of the object by the headers that set them, such as `Cache-Control` or `x-oss-tagging`. */
  headers?: Readonly<Record<string, string>>;
}

type NewRecord = Omit<ObjectRecord, 'size' | 'crc64' | 'lastModified' | 'versionId'>;

/** The objects of the local OSS. */
export class SimulatorObjects {
  readonly #objects = new Map<string, StoredObject>();
  readonly #contents: ContentStore;
  readonly #files: ObjectFiles | undefined;
  readonly #clock: () => Date;
  readonly #isVersioned: (bucket: string) => boolean;

  /** @internal */
  constructor(settings: {
    dataDirectory: string | undefined;
    clock: () => Date;
    isVersioned: (bucket: string) => boolean;
  }) {
    this.#clock = settings.clock;
    this.#isVersioned = settings.isVersioned;
    if (settings.dataDirectory === undefined) {
      this.#contents = new MemoryContentStore();
    } else {
      const contents = new FileContentStore(contentFolderOf(settings.dataDirectory));
      this.#contents = contents;
      this.#files = new ObjectFiles(settings.dataDirectory, contents);
    }
  }

  /** All objects, or those of one bucket, sorted by key. */
  list(bucket?: string): StoredObject[] {
    return [...this.#objects.values()]
      .filter((object) => bucket === undefined || object.bucket === bucket)
      .toSorted((a, b) => Buffer.compare(Buffer.from(nameOf(a)), Buffer.from(nameOf(b))));
  }

  get(bucket: string, object: string): StoredObject | undefined {
    return this.#objects.get(nameOf({ bucket, object }));
  }

  /** Stores an object without an upload and without a callback. */
  async put(input: ObjectInput): Promise<StoredObject> {
    const body = typeof input.body === 'string' ? Buffer.from(input.body) : input.body;
    const received = await this.receive(once(body));
    if (!received) throw new Error('No limit was set, so nothing can exceed it');
    return this.commit(received, {
      bucket: input.bucket,
      object: input.object,
      etag: received.md5.toString('hex').toUpperCase(),
      contentMd5: received.md5.toString('base64'),
      mimeType: input.mimeType ?? 'application/octet-stream',
      type: 'Normal',
      metadata: lowerCaseNames(input.metadata),
      headers: lowerCaseNames(input.headers),
      requestId: newRequestId(),
    });
  }

  /** Deletes an object. Returns whether it existed. */
  async delete(bucket: string, object: string): Promise<boolean> {
    const stored = this.get(bucket, object);
    if (!stored) return false;
    this.#objects.delete(nameOf(stored));
    await this.#files?.remove(stored);
    await stored.content.discard();
    return true;
  }

  /** Deletes all objects. */
  async clear(): Promise<void> {
    for (const { bucket, object } of this.list()) await this.delete(bucket, object);
  }

  /** @internal Finds content that an earlier run received. */
  findContent(name: string, sizeBytes: number): Content | undefined {
    return this.#contents instanceof FileContentStore
      ? this.#contents.find(name, sizeBytes)
      : undefined;
  }

  /** @internal Loads the objects of an earlier run. @param others names of content of parts, which is kept */
  async load(others: readonly string[] = []): Promise<void> {
    if (this.#contents instanceof FileContentStore) await this.#contents.prepare();
    for (const object of (await this.#files?.load(others)) ?? []) {
      this.#objects.set(nameOf(object), object);
    }
  }

  /** @internal Receives content that does not belong to an object yet. */
  receive(
    source: AsyncIterable<Uint8Array>,
    limitBytes?: number,
  ): Promise<ReceivedContent | undefined> {
    return this.#contents.receive(source, limitBytes);
  }

  /** @internal Stores received content as an object, in place of an existing one. */
  async commit(received: ReceivedContent, record: NewRecord): Promise<StoredObject> {
    const stored = new StoredObject(
      {
        ...record,
        size: received.sizeBytes,
        crc64: received.crc64.toString(),
        lastModified: this.#clock(),
        ...(this.#isVersioned(record.bucket) ? { versionId: newVersionId() } : {}),
      },
      received.content,
    );
    const previous = this.#objects.get(nameOf(stored));
    this.#objects.set(nameOf(stored), stored);
    await this.#files?.save(stored);
    await previous?.content.discard();
    return stored;
  }
}

function nameOf({ bucket, object }: { bucket: string; object: string }): string {
  return `${bucket}/${object}`;
}

function newVersionId(): string {
  return `CAEQ${randomBytes(30).toString('hex')}`;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function lowerCaseNames(texts: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
