import type { ResolvedOssCallbackOptions } from './resolved.js';
import { isLoopback } from './checks/values.js';

/** What is allowed and yet should be known; each is logged when the app starts. */
export function bootWarnings(options: ResolvedOssCallbackOptions): string[] {
  const warnings: string[] = [];
  if (!options.tickets.required) {
    warnings.push(
      'tickets.required is false: any callback that OSS signed for a bucket of this app is taken, and every customer of OSS can have one signed.',
    );
  }
  if (options.confirmObject === 'never') {
    warnings.push(
      'confirmObject is "never": an uploader can report an upload that never happened, or another than happened.',
    );
  }
  if (!options.reconciliation) {
    warnings.push(
      'reconciliation is false: OSS never repeats a callback, so an upload whose callback gets lost is in the bucket and in no record, unless another process reconciles.',
    );
  }
  for (const { name, versioned } of options.buckets.values()) {
    if (versioned) {
      warnings.push(
        `buckets.${name} is versioned: OSS ignores x-oss-forbid-overwrite there, so an upload can add a version to an object that exists.`,
      );
    }
  }
  if (!options.localOss && isLoopback(new URL(options.publicUrl).hostname)) {
    warnings.push(
      `publicUrl is ${options.publicUrl}, which OSS cannot reach: it refuses to call private addresses. Use the local OSS ("localOss") to develop.`,
    );
  }
  return warnings;
}
