import { createHash } from 'node:crypto';
import { Semaphore } from '../../common/semaphore.js';
import { combineCrc64 } from '../../protocol/checksum/crc64-combine.js';
import { lowerCaseNames } from '../../protocol/signing/signature-v4.js';
import { OssFailure } from '../server/oss-failure.js';
import { newRequestId } from '../server/oss-request.js';
import type { Content, ContentStore, ReceivedContent } from './content/content.js';
import { FileContentStore } from './content/file-content.js';
import { MemoryContentStore } from './content/memory-content.js';
import { contentFolderOf, ObjectFiles } from './object-files.js';
import { ObjectIndex } from './object-index.js';
import {
  currentOf,
  nextVersionId,
  type ObjectVersion,
  type ObjectVersions,
  type Versioning,
  versionOf,
  withVersion,
} from './object-versions.js';
import { type ObjectRecord, StoredObject } from './stored-object.js';

/**
 * An object to store without an upload.
 * @category Objects
 */
export interface ObjectInput {
  /** Name of the bucket. */
  bucket: string;
  /** Key of the object. */
  object: string;
  /** Content; a text is encoded as UTF-8. */
  body: Uint8Array | string;
  /** Content-Type of the object. Default: `application/octet-stream`. */
  mimeType?: string;
  /** User metadata, names without `x-oss-meta-`. Default: none. */
  metadata?: Readonly<Record<string, string>>;
  /** Options of the object by the headers that set them, such as `Cache-Control` or `x-oss-tagging`. Default: none. */
  headers?: Readonly<Record<string, string>>;
}

type NewRecord = Omit<ObjectRecord, 'size' | 'crc64' | 'lastModified' | 'versionId'>;
type NewContent = Omit<ReceivedContent, 'md5'>;

/**
 * The objects of the local OSS.
 * @category Objects
 */
export class SimulatorObjects {
  readonly #index: ObjectIndex;
  readonly #contents: ContentStore;
  readonly #clock: () => Date;
  readonly #versioningOf: (bucket: string) => Versioning | undefined;
  /** Appends to one object must not be mixed. */
  readonly #appends = new Semaphore(1);

  /** @internal */
  constructor(settings: {
    dataDirectory: string | undefined;
    clock: () => Date;
    versioningOf: (bucket: string) => Versioning | undefined;
  }) {
    this.#clock = settings.clock;
    this.#versioningOf = settings.versioningOf;
    if (settings.dataDirectory === undefined) {
      this.#contents = new MemoryContentStore();
      this.#index = new ObjectIndex(undefined);
    } else {
      const contents = new FileContentStore(contentFolderOf(settings.dataDirectory));
      this.#contents = contents;
      this.#index = new ObjectIndex(new ObjectFiles(settings.dataDirectory, contents));
    }
  }

  /**
   * All objects, or those of one bucket, sorted by key; of each its latest version, and none that a delete marker
   * hides.
   */
  list(bucket?: string): StoredObject[] {
    return this.listVersions(bucket).flatMap((versions) => currentOf(versions) ?? []);
  }

  /** @internal All objects with all their versions, or those of one bucket, sorted by key. */
  listVersions(bucket?: string): ObjectVersions[] {
    return this.#index.list(bucket);
  }

  /** Finds an object by its key; `undefined` if there is none, or a delete marker hides it. */
  get(bucket: string, object: string): StoredObject | undefined {
    return currentOf(this.versions(bucket, object));
  }

  /** @internal All versions of an object, the newest first. */
  versions(bucket: string, object: string): ObjectVersions | undefined {
    return this.#index.find(bucket, object);
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
      metadata: lowerCaseNames(input.metadata ?? {}),
      headers: lowerCaseNames(input.headers ?? {}),
      requestId: newRequestId(),
    });
  }

  /**
   * Deletes an object with all its versions.
   * @returns whether there was any
   */
  async delete(bucket: string, object: string): Promise<boolean> {
    const isThere = this.versions(bucket, object) !== undefined;
    await this.#index.change({ bucket, object }, () => []);
    return isThere;
  }

  /** Deletes all objects. */
  async clear(): Promise<void> {
    for (const [key] of this.#index.list()) await this.#index.change(key, () => []);
  }

  /** @internal Deletes one version of an object, and returns it. */
  async deleteVersion(
    bucket: string,
    object: string,
    versionId: string,
  ): Promise<ObjectVersion | undefined> {
    const deleted = versionOf(this.versions(bucket, object), versionId);
    if (!deleted) return undefined;
    await this.#index.change(deleted, (before) => before.filter((version) => version !== deleted));
    return deleted;
  }

  /**
   * @internal Deletes an object as DeleteObject does: in a versioned bucket, its versions stay behind a delete marker.
   * @returns the delete marker's version id
   */
  async hide(bucket: string, object: string): Promise<string | undefined> {
    const versioning = this.#versioningOf(bucket);
    const versionId = nextVersionId(versioning);
    if (versionId === undefined) {
      await this.delete(bucket, object);
      return undefined;
    }
    const [deleteMarker, lastModified] = [true as const, this.#clock()];
    const marker = { deleteMarker, bucket, object, versionId, lastModified };
    await this.#index.change(marker, (before) => withVersion(before, marker, versioning));
    return versionId;
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
    await this.#index.load(others);
  }

  /** @internal Receives content that does not belong to an object yet. */
  receive(
    source: AsyncIterable<Uint8Array>,
    limitBytes?: number,
  ): Promise<ReceivedContent | undefined> {
    return this.#contents.receive(source, limitBytes);
  }

  /** @internal The content of an object once more, without reading it. */
  async copyContent({ content, size, crc64 }: StoredObject): Promise<NewContent> {
    const copy = await this.#contents.copy(content);
    return { content: copy, sizeBytes: size, crc64: BigInt(crc64) };
  }

  /** @internal Stores received content as an object: in place of an existing one, or in a versioned bucket before it. */
  async commit(received: NewContent, record: NewRecord): Promise<StoredObject> {
    const versioning = this.#versioningOf(record.bucket);
    const versionId = nextVersionId(versioning);
    const stored = new StoredObject(
      {
        ...record,
        size: received.sizeBytes,
        crc64: received.crc64.toString(),
        lastModified: this.#clock(),
        ...(versionId === undefined ? {} : { versionId }),
      },
      received.content,
    );
    await this.#index.change(stored, (before) => withVersion(before, stored, versioning));
    return stored;
  }

  /** @internal Changes properties of a stored version; its content and its time stay. */
  update(version: StoredObject, changes: Partial<ObjectRecord>): Promise<StoredObject> {
    return this.#exchange(version, changes, version.content);
  }

  /**
   * @internal Adds received content to the end of an object, or creates the object.
   * @param check throws if nothing can be appended to the object in its current state
   * @param replacing the only headers of the record that replace those of an existing object
   */
  append(
    received: ReceivedContent,
    record: NewRecord,
    check: (current: StoredObject | undefined) => void,
    replacing: Readonly<Record<string, string>>,
  ): Promise<StoredObject> {
    const { bucket, object } = record;
    return this.#appends.run(async () => {
      const current = this.get(bucket, object);
      check(current);
      if (!current) return this.commit(received, record);
      const content = await this.#contents.append(current.content, received.content);
      const latest = this.get(bucket, object);
      // It may have been deleted or replaced in the meantime; its tags and ACL may have changed.
      if (latest?.content !== current.content) throw new OssFailure('ObjectNotAppendable');
      const { size, crc64 } = current;
      const pieces = [{ crc64: BigInt(crc64), sizeBytes: size }, received];
      const changes = {
        headers: { ...latest.headers, ...replacing },
        size: content.sizeBytes,
        crc64: combineCrc64(pieces).toString(),
        etag: appendedEtag(current.etag, record.etag),
        lastModified: this.#clock(),
      };
      return this.#exchange(latest, changes, content);
    });
  }

  async #exchange(
    version: StoredObject,
    changes: Partial<ObjectRecord>,
    content: Content,
  ): Promise<StoredObject> {
    const changed = new StoredObject(Object.assign({}, version, changes), content);
    await this.#index.change(version, (before) =>
      before.map((one) => (one === version ? changed : one)),
    );
    return changed;
  }
}

/** OSS only says that it is not the MD5 of the content. */
function appendedEtag(before: string, piece: string): string {
  return createHash('md5').update(`${before}${piece}`).digest('hex').toUpperCase();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
