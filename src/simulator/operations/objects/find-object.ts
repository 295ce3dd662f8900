import type { OssErrorCode } from '../../../protocol/oss-errors.js';
import { requireAccess } from '../../authentication/access.js';
import type { SimulatorCredentials } from '../../options.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Resource } from '../../server/resource.js';
import type { SimulatorState } from '../../state.js';
import { versionOf } from '../../storage/object-versions.js';
import { StoredObject } from '../../storage/stored-object.js';

/**
 * @param ofMarker how a request for the version of a delete marker fails
 * @throws OssFailure if there is no such object, or not in the requested version
 */
export function findObject(
  state: SimulatorState,
  { query }: Pick<OssRequest, 'query'>,
  { bucket, object }: Resource,
  ofMarker: OssErrorCode = 'MethodNotAllowed',
): StoredObject {
  const { versionId } = query;
  const found = versionOf(state.objects.versions(bucket, object), versionId);
  if (found instanceof StoredObject) return found;
  const details = { Key: object, ...(versionId === undefined ? {} : { VersionId: versionId }) };
  const marked = found && { 'x-oss-delete-marker': 'true', 'x-oss-version-id': found.versionId };
  const code = versionId === undefined ? 'NoSuchKey' : found ? ofMarker : 'NoSuchVersion';
  throw new OssFailure(code, { details, headers: marked });
}

/**
 * Resolves a symlink as GetObject and HeadObject do: content, size and checksums are the target's, the time is the later
 * of the two, and everything else is the symlink's own.
 * @throws OssFailure if there is no target, if it is a symlink, or if the caller may not read it
 * @see https://help.aliyun.com/en/oss/developer-reference/headobject
 */
export function followSymlink(
  state: SimulatorState,
  stored: StoredObject,
  caller: SimulatorCredentials | undefined,
): StoredObject {
  if (stored.symlinkTarget === undefined) return stored;
  const resource = { bucket: stored.bucket, object: stored.symlinkTarget };
  requireAccess(state, caller, 'oss:GetObject', resource);
  const target = state.objects.get(resource.bucket, resource.object);
  if (!target) throw new OssFailure('SymlinkTargetNotExist');
  if (target.symlinkTarget !== undefined) throw new OssFailure('InvalidTargetType');
  const { size, etag, crc64, contentMd5 } = target;
  const lastModified = new Date(Math.max(+stored.lastModified, +target.lastModified));
  const shown = { size, etag, crc64, contentMd5, lastModified };
  return new StoredObject(Object.assign({}, stored, shown), target.content);
}
