import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Semaphore } from '../../common/semaphore.js';
import type { FileContentStore } from './content/file-content.js';
import { writeFileAtomically } from './files.js';
import {
  contentNameOf,
  type DeleteMarker,
  type ObjectVersion,
  type ObjectVersions,
} from './object-versions.js';
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
  async load(others: readonly string[]): Promise<ObjectVersions[]> {
    await mkdir(this.recordsFolder, { recursive: true });
    const contents = new Set(await readdir(this.contentFolder));
    const objects: ObjectVersions[] = [];
    for (const name of await readdir(this.recordsFolder)) {
      const path = join(this.recordsFolder, name);
      if (name.endsWith('.json')) {
        const [newest, ...older] = this.parse(await readFile(path, 'utf8'));
        if (newest) objects.push([newest, ...older]);
      } else if (name.endsWith('.tmp')) {
        await rm(path, { force: true });
      }
    }
    const used = new Set([...others, ...objects.flat().flatMap(contentNameOf)]);
    for (const name of contents) {
      if (!used.has(name)) await rm(join(this.contentFolder, name), { force: true });
    }
    return objects;
  }

  save([newest, ...older]: ObjectVersions): Promise<void> {
    const kept = { ...written(newest), ...(older.length > 0 ? { older: older.map(written) } : {}) };
    return this.writes.run(() =>
      writeFileAtomically(this.path(newest), JSON.stringify(kept, null, 2)),
    );
  }

  remove(object: ObjectVersion): Promise<void> {
    return this.writes.run(() => rm(this.path(object), { force: true }));
  }

  private path({ bucket, object }: ObjectVersion): string {
    const hash = createHash('sha256').update(`${bucket}/${object}`).digest('hex');
    return join(this.recordsFolder, `${hash}.json`);
  }

  /** The versions whose content is still there, the newest first. */
  private parse(json: string): ObjectVersion[] {
    try {
      const { older = [], ...newest } = JSON.parse(json) as KeptVersion & { older?: KeptVersion[] };
      return [newest, ...older].flatMap((version) => this.read(version) ?? []);
    } catch {
      return [];
    }
  }

  private read(kept: KeptVersion): ObjectVersion | undefined {
    const lastModified = new Date(kept.lastModified);
    if ('deleteMarker' in kept) return { ...kept, lastModified };
    const { contentName, ...record } = kept;
    const content = this.contents.find(contentName, record.size);
    return content && new StoredObject({ ...record, lastModified }, content);
  }
}

type KeptVersion = (ObjectRecord & { contentName: string }) | DeleteMarker;

function written(version: ObjectVersion): object {
  return version instanceof StoredObject
    ? Object.assign({ contentName: version.content.name }, version)
    : version;
}

export function contentFolderOf(dataDirectory: string): string {
  return join(dataDirectory, 'content');
}
