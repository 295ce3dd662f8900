import { OssFailure } from '../../server/oss-failure.js';
import type { Resource } from '../../server/resource.js';
import type { SimulatorState } from '../../state.js';

/** OSS takes single uploads of up to 5 GB. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/**
 * `x-oss-forbid-overwrite: true` keeps what is there, except in versioned buckets, where it has no effect.
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
export function refuseOverwrite(
  state: SimulatorState,
  { bucket, object }: Resource,
  forbidOverwrite: string | undefined,
): void {
  if (forbidOverwrite?.toLowerCase() !== 'true') return;
  if (state.buckets.get(bucket)?.versioned) return;
  if (state.objects.get(bucket, object)) throw new OssFailure('FileAlreadyExists');
}
