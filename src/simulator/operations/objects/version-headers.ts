import type { SimulatorState } from '../../state.js';
import { NULL_VERSION_ID } from '../../storage/object-versions.js';

/**
 * The header with the version of an object. A bucket that was never versioned has none; objects that were stored before
 * versioning have `null`.
 */
export function versionHeaders(
  { buckets }: SimulatorState,
  version: { bucket: string; versionId?: string },
  header = 'x-oss-version-id',
): Record<string, string> {
  const isKept = buckets.get(version.bucket)?.versioning !== undefined;
  const versionId = version.versionId ?? (isKept ? NULL_VERSION_ID : undefined);
  return versionId === undefined ? {} : { [header]: versionId };
}
