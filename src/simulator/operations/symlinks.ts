import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { allowsAnonymous, anonymousFailure } from '../authentication/access.js';
import { objectProperties, typeByExtension } from './object-properties.js';
import { OssFailure } from '../server/oss-failure.js';
import { isObjectName } from '../server/resource.js';
import type { SimulatorCredentials } from '../options.js';
import type { SimulatorState } from '../state.js';
import { StoredObject } from '../storage/stored-object.js';
import { checkAccess } from '../sts/sts-sessions.js';
import { findObject } from './find-object.js';
import type { Run } from './operation.js';
import { refuseOverwrite } from './uploads/overwrite.js';

const TARGET_HEADER = 'x-oss-symlink-target';

/** Does not look at the target. https://help.aliyun.com/en/oss/developer-reference/putsymlink */
export const putSymlink: Run = async (state, request, resource) => {
  const { headers } = request;
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  const symlinkTarget = readTarget(headers[TARGET_HEADER]);
  refuseOverwrite(state, resource, headers['x-oss-forbid-overwrite']);
  const nothing = (await state.objects.receive(Readable.from([])))!;
  const { etag, versionId } = await state.objects.commit(nothing, {
    ...resource,
    etag: createHash('md5').update(symlinkTarget).digest('hex').toUpperCase(),
    mimeType: headers['content-type'] || typeByExtension(resource.object),
    type: 'Symlink',
    symlinkTarget,
    ...objectProperties(Object.entries(headers)),
    requestId: request.id,
  });
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      ...(versionId === undefined ? {} : { 'x-oss-version-id': versionId }),
    },
  };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getsymlink */
export const getSymlink: Run = async (state, request, resource) => {
  const { symlinkTarget, etag, lastModified, versionId } = findObject(state, request, resource);
  if (symlinkTarget === undefined) {
    // OSS publishes the number of this error, and not its code.
    throw new OssFailure('InvalidArgument', {
      message: 'The object is not a symlink.',
      ec: '0043-00000101',
    });
  }
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      'last-modified': lastModified.toUTCString(),
      [TARGET_HEADER]: encodeURIComponent(symlinkTarget),
      ...(versionId === undefined ? {} : { 'x-oss-version-id': versionId }),
    },
  };
};

/**
 * What GetObject and HeadObject show: of a symlink the target's content, size and checksums, the later of the two times,
 * and all else of its own.
 * @throws OssFailure where there is no target, or it is a symlink, or the caller may not read it
 * @see https://help.aliyun.com/en/oss/developer-reference/headobject
 */
export function followSymlink(
  state: SimulatorState,
  stored: StoredObject,
  caller: SimulatorCredentials | undefined,
): StoredObject {
  if (stored.symlinkTarget === undefined) return stored;
  const resource = { bucket: stored.bucket, object: stored.symlinkTarget };
  if (caller) checkAccess(caller, 'oss:GetObject', resource);
  else if (state.checkSignatures && !allowsAnonymous(state, 'oss:GetObject', resource)) {
    throw anonymousFailure();
  }
  const target = state.objects.get(resource.bucket, resource.object);
  if (!target) throw new OssFailure('SymlinkTargetNotExist');
  if (target.symlinkTarget !== undefined) throw new OssFailure('InvalidTargetType');
  const { size, etag, crc64, contentMd5 } = target;
  const lastModified = new Date(Math.max(+stored.lastModified, +target.lastModified));
  const shown = { size, etag, crc64, contentMd5, lastModified };
  return new StoredObject(Object.assign({}, stored, shown), target.content);
}

/** The name is percent-encoded in the header. */
function readTarget(header: string | undefined): string {
  if (header === undefined) throw new OssFailure('MissingArgument', { ec: '0043-00000001' });
  try {
    const target = decodeURIComponent(header);
    if (isObjectName(target)) return target;
  } catch {
    // not percent-encoded
  }
  throw new OssFailure('InvalidArgument', {
    details: { ArgumentName: TARGET_HEADER, ArgumentValue: header },
  });
}
