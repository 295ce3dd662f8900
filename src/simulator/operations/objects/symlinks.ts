import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { OssFailure } from '../../server/oss-failure.js';
import { isObjectName } from '../../server/resource.js';
import { findObject } from './find-object.js';
import { DEFAULT_CONTENT_TYPE, metadataHeaders, objectProperties } from './object-properties.js';
import type { Run } from '../operation.js';
import { versionHeaders } from './version-headers.js';
import { refuseOverwrite } from '../uploads/upload.js';

const TARGET_HEADER = 'x-oss-symlink-target';

/** The target is not checked. https://help.aliyun.com/en/oss/developer-reference/putsymlink */
export const putSymlink: Run = async (state, request, resource) => {
  const { headers } = request;
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  const symlinkTarget = readTarget(headers[TARGET_HEADER]);
  refuseOverwrite(state, resource, headers['x-oss-forbid-overwrite']);
  const properties = objectProperties(Object.entries(headers), state.buckets.get(resource.bucket));
  const nothing = (await state.objects.receive(Readable.from([])))!;
  const stored = await state.objects.commit(nothing, {
    ...resource,
    etag: createHash('md5').update(symlinkTarget).digest('hex').toUpperCase(),
    mimeType: headers['content-type'] || DEFAULT_CONTENT_TYPE,
    type: 'Symlink',
    symlinkTarget,
    ...properties,
    requestId: request.id,
  });
  return {
    status: 200,
    headers: {
      etag: `"${stored.etag}"`,
      ...versionHeaders(state, stored),
    },
  };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getsymlink */
export const getSymlink: Run = async (state, request, resource) => {
  const stored = findObject(state, request, resource);
  const { symlinkTarget, etag, lastModified } = stored;
  if (symlinkTarget === undefined) {
    throw new OssFailure('NotSymlink');
  }
  return {
    status: 200,
    headers: {
      ...metadataHeaders(stored),
      etag: `"${etag}"`,
      'last-modified': lastModified.toUTCString(),
      [TARGET_HEADER]: encodeURIComponent(symlinkTarget),
      ...versionHeaders(state, stored),
    },
  };
};

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
