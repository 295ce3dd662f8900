import { isAcl } from '../../authentication/access.js';
import { invalidArgument, OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { withHeaders } from '../../server/reply.js';
import type { Run } from '../operation.js';
import { aclReply, ownerOf } from '../owner.js';
import { findObject } from './find-object.js';
import { versionHeaders } from './version-headers.js';

const ACL_HEADER = 'x-oss-object-acl';
/** The ACL of an object that inherits that of its bucket. */
const BY_DEFAULT = 'default';

/** @see https://help.aliyun.com/en/oss/developer-reference/putobjectacl */
export const putObjectAcl: Run = async (state, request, resource) => {
  const acl = request.headers[ACL_HEADER];
  if (!acl) throw new OssFailure('MissingArgument');
  refuseUnknownAcl(acl);
  const stored = findObject(state, request, resource);
  await state.objects.update(stored, { headers: { ...stored.headers, [ACL_HEADER]: acl } });
  return { status: 200, headers: versionHeaders(state, stored) };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getobjectacl */
export const getObjectAcl: Run = async (state, request, resource) => {
  const stored = findObject(state, request, resource);
  const acl = stored.headers[ACL_HEADER] ?? BY_DEFAULT;
  const reply = aclReply(ownerOf(state, stored.bucket), acl);
  return withHeaders(reply, versionHeaders(state, stored));
};

/** The ACL that a request names, as objects keep it. @throws OssFailure if an object cannot have it */
export function aclHeader(headers: OssRequest['headers']): Record<string, string> {
  const acl = headers[ACL_HEADER];
  if (!acl) return {};
  refuseUnknownAcl(acl);
  return { [ACL_HEADER]: acl };
}

/** @throws OssFailure if an object cannot have this ACL */
export function refuseUnknownAcl(acl: string): void {
  if (acl === BY_DEFAULT || isAcl(acl)) return;
  throw invalidArgument(ACL_HEADER, acl, 'no such object access control exists');
}
