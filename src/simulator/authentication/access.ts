import { OssFailure } from '../server/oss-failure.js';
import type { BucketAcl } from '../options.js';
import type { SimulatorState } from '../state.js';
import type { Resource } from '../server/resource.js';

const READING = new Set(['oss:GetObject']);
const WRITING = new Set([
  'oss:PutObject',
  'oss:DeleteObject',
  'oss:ListParts',
  'oss:AbortMultipartUpload',
]);

/**
 * What anybody may do without a key: read where the object, or else its bucket, is public, and write where the
 * bucket is public for writing. Listing and the settings of a bucket are for key holders.
 * @see https://help.aliyun.com/en/oss/user-guide/bucket-acl
 */
export function allowsAnonymous(
  state: SimulatorState,
  action: string | undefined,
  { bucket, object }: Resource,
): boolean {
  const bucketAcl = state.buckets.get(bucket)?.acl;
  if (action === undefined || bucketAcl === undefined || object === '') return false;
  if (READING.has(action)) return effectiveAcl(state, { bucket, object }) !== 'private';
  // A private object in a public bucket keeps whoever has no key from replacing it.
  return WRITING.has(action) && effectiveAcl(state, { bucket, object }) === 'public-read-write';
}

function effectiveAcl(state: SimulatorState, { bucket, object }: Resource): BucketAcl {
  const own = state.objects.get(bucket, object)?.headers['x-oss-object-acl'];
  return isAcl(own) ? own : (state.buckets.get(bucket)?.acl ?? 'private');
}

export function isAcl(acl: string | undefined): acl is BucketAcl {
  return acl === 'private' || acl === 'public-read' || acl === 'public-read-write';
}

/** The answer to who brings no signature where one is needed. */
export function anonymousFailure(): OssFailure {
  return new OssFailure('AccessDenied', {
    message: 'You have no right to access this object because of bucket acl.',
    ec: '0003-00000001',
  });
}
