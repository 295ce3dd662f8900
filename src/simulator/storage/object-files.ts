import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Semaphore } from '../../common/semaphore.js';
import type { FileContentStore } from './content.js';
import { writeFileAtomically } from './files.js';
import { type ObjectRecord, StoredObject } from './stored-object.js';

/**
 * Saves records of objects as files. File names are hashes of bucket and key, so that no key can name a file outside the
 * folder. A record names the file with the content, so that replacing the record replaces the object atomically.
 */
export class ObjectFiles {
  private readonly recordsFolder: string;
  private readonly contentFolder: string;
  /** Two uploads to one key must be saved in the order in which they were stored. */
  private readonly writes = new Semaphore(1);

  constructor(
    dataDirectory: string,
    private readonly contents: FileContentStore,
  ) {
    this.recordsFolder = join(dataDirectory, 'objects');
    this.contentFolder = contentFolderOf(dataDirectory);
  }

  /**
   * Loads the objects of an earlier run, and deletes the content of uploads that did not finish.
   * @param others names of content of parts, which is kept
   */
  async load(others: readonly string[]): Promise<StoredObject[]> {
    await mkdir(this.recordsFolder, { recursive: true });
    const contents = new Set(await readdir(this.contentFolder));
    const objects: StoredObject[] = [];
    for (const name of await readdir(this.recordsFolder)) {
      const path = join(this.recordsFolder, name);
      if (name.endsWith('.json')) {
        const object = this.parse(await readFile(path, 'utf8'));
        if (object && contents.has(object.content.name)) objects.push(object);
      } else if (name.endsWith('.tmp')) {
        await rm(path, { force: true });
      }
    }
    const used = new Set([...others, ...objects.map((object) => object.content.name)]);
    for (const name of contents) {
      if (!used.has(name)) await rm(join(this.contentFolder, name), { force: true });
    }
    return objects;
  }

  save(object: StoredObject): Promise<void> {
    const kept = Object.assign({ contentName: object.content.name }, object);
    return this.writes.run(() =>
      writeFileAtomically(this.path(object), JSON.stringify(kept, null, 2)),
    );
  }

  remove(object: StoredObject): Promise<void> {
    return this.writes.run(() => rm(this.path(object), { force: true }));
  }

  private path({ bucket, object }: StoredObject): string {
    const hash = createHash('sha256').update(`${bucket}/${object}`).digest('hex');
    return join(this.recordsFolder, `${hash}.json`);
  }

  private parse(json: string): StoredObject | undefined {
    try {
      const { contentName, ...record } = JSON.parse(json) as ObjectRecord & { contentName: string };
      record.lastModified = new Date(record.lastModified);
      const content = this.contents.find(contentName, record.size);
      return content && new StoredObject(record, content);
    } catch {
      return undefined;
    }
  }
}

export function contentFolderOf(dataDirectory: string): string {
  return join(dataDirectory, 'content');
}
