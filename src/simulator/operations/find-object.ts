import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import type { StoredObject } from '../storage/stored-object.js';

/** @throws OssFailure where there is no such object, or not in the version that is asked for */
export function findObject(
  state: SimulatorState,
  { query }: OssRequest,
  { bucket, object }: Resource,
): StoredObject {
  const stored = state.objects.get(bucket, object);
  if (!stored) throw new OssFailure('NoSuchKey');
  // Only the latest version of an object is kept.
  if (query.versionId !== undefined && query.versionId !== stored.versionId) {
    throw new OssFailure('NoSuchKey', { message: 'The specified version does not exist.' });
  }
  return stored;
}
