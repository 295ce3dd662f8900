import { StoredObject } from './stored-object.js';

/** What deleting an object leaves in a versioned bucket: its newest version, which hides the older ones. */
export interface DeleteMarker {
  deleteMarker: true;
  bucket: string;
  object: string;
  versionId: string;
  lastModified: Date;
}

/** The versions of an object, the newest first; one alone if its bucket is not versioned. */
export type ObjectVersions = readonly [ObjectVersion, ...ObjectVersion[]];
export type ObjectVersion = StoredObject | DeleteMarker;

/** The object as it is without a version id; `undefined` if it is deleted. */
export function currentOf(versions: ObjectVersions | undefined): StoredObject | undefined {
  const [newest] = versions ?? [];
  return newest instanceof StoredObject ? newest : undefined;
}

/** The id of a version that was stored before its bucket became versioned is `null`. */
export function hasVersionId({ versionId = 'null' }: ObjectVersion, id: string): boolean {
  return versionId === id;
}

/** Frees the content of versions that no longer exist. */
export async function discardVersions(versions: Iterable<ObjectVersion>): Promise<void> {
  for (const version of versions) {
    if (version instanceof StoredObject) await version.content.discard();
  }
}
