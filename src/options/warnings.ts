import type { ResolvedOssCallbackOptions } from './resolved.js';
import { isLoopback } from './checks/values.js';

/** Valid options that weaken a promise or will not work, as log lines for the start of the app. */
export function bootWarnings(options: ResolvedOssCallbackOptions): string[] {
  const warnings: string[] = [];
  if (!options.tickets.required) {
    warnings.push(
      'tickets.required is false: any callback that OSS signed for a bucket of this app is accepted, and every customer of OSS can have one signed.',
    );
  }
  if (options.confirmObject === 'never') {
    warnings.push(
      'confirmObject is "never": an uploader can report an upload that never happened, or report it wrongly.',
    );
  }
  if (!options.reconciliation) {
    warnings.push(
      'reconciliation is false: OSS never repeats a callback, so an upload whose callback is lost is never recorded, unless another process reconciles.',
    );
  }
  for (const { name, versioned } of options.buckets.values()) {
    if (versioned) {
      warnings.push(
        `buckets.${name} is versioned: OSS ignores x-oss-forbid-overwrite there, so an upload can add a version to an existing object.`,
      );
    }
  }
  if (!options.localOss && isLoopback(new URL(options.publicUrl).hostname)) {
    warnings.push(
      `publicUrl is ${options.publicUrl}, which OSS cannot reach: it does not call private addresses. For development use the local OSS ("localOss").`,
    );
  }
  return warnings;
}
