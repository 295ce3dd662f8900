import type { SimulatorState } from '../../state.js';
import type { Run } from '../operation.js';

/** The result of a deletion. */
export interface Deletion {
  /** Id of the version that was deleted, or of the delete marker that was created; unset without versions. */
  versionId: string | undefined;
  /** Whether that is a delete marker. */
  isMarker: boolean;
}

/** Succeeds also if there is no such object. https://help.aliyun.com/en/oss/developer-reference/deleteobject */
export const deleteObject: Run = async (state, { query }, { bucket, object }) => {
  const { versionId, isMarker } = await deleteOne(state, bucket, object, query.versionId);
  if (versionId === undefined) return { status: 204 };
  const headers: Record<string, string> = { 'x-oss-version-id': versionId };
  if (isMarker) headers['x-oss-delete-marker'] = 'true';
  return { status: 204, headers };
};

/** Deletes an object, or one version of it. */
export async function deleteOne(
  { objects, buckets }: SimulatorState,
  bucket: string,
  object: string,
  versionId: string | undefined,
): Promise<Deletion> {
  if (versionId === undefined) {
    const marker = await objects.hide(bucket, object);
    return { versionId: marker, isMarker: marker !== undefined };
  }
  const deleted = await objects.deleteVersion(bucket, object, versionId);
  const isKept = buckets.get(bucket)?.versioning !== undefined;
  return {
    versionId: isKept ? versionId : undefined,
    isMarker: deleted !== undefined && 'deleteMarker' in deleted,
  };
}
