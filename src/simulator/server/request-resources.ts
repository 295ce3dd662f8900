import type { OssRequest } from './oss-request.js';
import { isBucketName, possibleResources, type Resource } from './resource.js';
import type { SimulatorState } from '../state.js';

/** Every reading of what a request is about, the likeliest first; a bucket that is yet to be made comes last. */
export function resourcesOf(
  { buckets, defaultBucket }: SimulatorState,
  { method, rawPath, hostname }: OssRequest,
): Resource[] {
  const exists = (name: string) => buckets.get(name) !== undefined;
  const known = possibleResources(rawPath, hostname, { isBucket: exists, defaultBucket });
  if (method !== 'PUT') return known;
  const named = possibleResources(rawPath, hostname, { isBucket: isBucketName, defaultBucket });
  return [...known, ...named.filter(({ bucket }) => !exists(bucket))];
}
