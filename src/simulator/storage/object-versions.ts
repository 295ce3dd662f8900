import { randomBytes } from 'node:crypto';
import { StoredObject } from './stored-object.js';

/** Versioning of a bucket; unset if it was never versioned. */
export type Versioning = 'Enabled' | 'Suspended';

/** The id of versions that were stored while their bucket was not versioned. */
export const NULL_VERSION_ID = 'null';

/** What deleting an object leaves in a versioned bucket: its newest version, which hides the older ones. */
export interface DeleteMarker {
  deleteMarker: true;
  bucket: string;
  object: string;
  versionId: string;
  lastModified: Date;
}

/** The id of a version that is being stored. */
export function nextVersionId(versioning: Versioning | undefined): string | undefined {
  if (versioning === undefined) return undefined;
  return versioning === 'Enabled' ? `CAEQ${randomBytes(30).toString('hex')}` : NULL_VERSION_ID;
}

/** The versions of an object after one more was stored: in a bucket that keeps none now, it replaces the last such. */
export function withVersion(
  before: readonly ObjectVersion[],
  version: ObjectVersion,
  versioning: Versioning | undefined,
): ObjectVersions {
  if (versioning === undefined) return [version];
  if (versioning === 'Enabled') return [version, ...before];
  return [version, ...before.filter((one) => versionIdOf(one) !== NULL_VERSION_ID)];
}

/** The versions of an object, the newest first; one alone if its bucket is not versioned. */
export type ObjectVersions = readonly [ObjectVersion, ...ObjectVersion[]];
export type ObjectVersion = StoredObject | DeleteMarker;

/** The object as it is without a version id; `undefined` if it is deleted. */
export function currentOf(versions: ObjectVersions | undefined): StoredObject | undefined {
  const [newest] = versions ?? [];
  return newest instanceof StoredObject ? newest : undefined;
}

/** Versions that were stored while their bucket was not versioned have an id as well. */
export function versionIdOf({ versionId = NULL_VERSION_ID }: ObjectVersion): string {
  return versionId;
}

/** The version with this id; without one, the newest. */
export function versionOf(
  versions: ObjectVersions | undefined,
  id: string | undefined,
): ObjectVersion | undefined {
  return id === undefined
    ? versions?.[0]
    : versions?.find((version) => versionIdOf(version) === id);
}

/**
 * Frees the content of versions that no longer exist.
 * @param kept versions that may have content in common with them
 */
export async function discardVersions(
  gone: readonly ObjectVersion[],
  kept: readonly ObjectVersion[],
): Promise<void> {
  const used = new Set(kept.flatMap(contentNameOf));
  for (const version of gone) {
    if (version instanceof StoredObject && !used.has(version.content.name)) {
      await version.content.discard();
    }
  }
}

/** Names of the content of a version; a delete marker has none. */
export function contentNameOf(version: ObjectVersion): string[] {
  return version instanceof StoredObject ? [version.content.name] : [];
}
