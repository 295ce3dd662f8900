import { isAllowed } from '../../protocol/signing/access-policy.js';
import type { BucketAcl, SimulatorCredentials } from '../options.js';
import { OssFailure } from '../server/oss-failure.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import { versionOf } from '../storage/object-versions.js';
import type { TemporaryCredentials } from '../sts/sts-sessions.js';

const READING = new Set(['oss:GetObject']);
const WRITING = new Set([
  'oss:PutObject',
  'oss:PutObjectTagging',
  'oss:DeleteObject',
  'oss:ListParts',
  'oss:AbortMultipartUpload',
]);

/**
 * Checks that the caller may do something. Access keys may do everything, temporary credentials what their policy allows.
 * Requests without a signature may read and write as the ACL of the object, or else of the bucket, permits; listing and
 * bucket settings need a key.
 * @param action as in policies, for example `oss:PutObject`
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/user-guide/bucket-acl
 */
export function requireAccess(
  state: SimulatorState,
  caller: SimulatorCredentials | TemporaryCredentials | undefined,
  action: string,
  resource: Resource & { versionId?: string | undefined },
): void {
  if (!state.checkSignatures) return;
  const policy = caller && 'policy' in caller ? caller.policy : undefined;
  const isGranted = caller
    ? !policy || isAllowed(policy, action, resource)
    : allowsAnonymous(state, action, resource);
  if (isGranted) return;
  throw new OssFailure('AccessDenied', {
    message: 'You have no right to access this object because of bucket acl.',
    ec: '0003-00000001',
  });
}

function allowsAnonymous(
  state: SimulatorState,
  action: string,
  resource: Parameters<typeof effectiveAcl>[1],
): boolean {
  if (resource.object === '') return false;
  const acl = effectiveAcl(state, resource);
  // A private object in a public bucket can be neither read nor replaced.
  return (
    (READING.has(action) && acl !== 'private') ||
    (WRITING.has(action) && acl === 'public-read-write')
  );
}

function effectiveAcl(
  state: SimulatorState,
  { bucket, object, versionId }: Resource & { versionId?: string | undefined },
): BucketAcl {
  const stored = versionOf(state.objects.versions(bucket, object), versionId);
  const own = stored && 'headers' in stored ? stored.headers['x-oss-object-acl'] : undefined;
  return isAcl(own) ? own : (state.buckets.get(bucket)?.acl ?? 'private');
}

export function isAcl(acl: string | undefined): acl is BucketAcl {
  return acl === 'private' || acl === 'public-read' || acl === 'public-read-write';
}
