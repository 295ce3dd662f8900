import type { ResolvedBucket } from '../options/resolved.js';
import { failureReason, requestObject } from './oss-client.js';
import { readOssError, xmlElement } from './oss-response.js';
import { isPassing } from './retry.js';

export type StorageClassLookup =
  | { state: 'found'; storageClass: string }
  /** The credentials lack the permission. */
  | { state: 'refused'; reason: string }
  | { state: 'unavailable'; reason: string };

const KEPT_FOR_MS = 300_000;

/** The default storage class of buckets. OSS's answers are cached for five minutes. */
export class BucketStorageClasses {
  private readonly known = new Map<string, { lookup: StorageClassLookup; until: number }>();

  /** Needs the permission `oss:GetBucketInfo`. Does not throw. */
  async lookUp(bucket: ResolvedBucket, endsAtMs: number): Promise<StorageClassLookup> {
    const known = this.known.get(bucket.name);
    if (known && known.until > performance.now()) return known.lookup;
    const lookup = await askForStorageClass(bucket, endsAtMs);
    if (lookup.state !== 'unavailable') {
      this.known.set(bucket.name, { lookup, until: performance.now() + KEPT_FOR_MS });
    }
    return lookup;
  }
}

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketinfo */
async function askForStorageClass(
  bucket: ResolvedBucket,
  endsAtMs: number,
): Promise<StorageClassLookup> {
  try {
    const query = { bucketInfo: '' };
    const { status, text } = await requestObject({
      method: 'GET',
      bucket,
      object: '',
      query,
      endsAtMs,
    });
    const storageClass = status === 200 ? xmlElement(text, 'StorageClass') : undefined;
    if (storageClass !== undefined) return { state: 'found', storageClass };
    const isFinal = status >= 400 && !isPassing(status);
    const code = readOssError(text)?.code ?? 'no code';
    const advice = status === 403 ? '; the credentials need the permission oss:GetBucketInfo' : '';
    return {
      state: isFinal ? 'refused' : 'unavailable',
      reason: `GetBucketInfo returned ${status} (${code})${advice}`,
    };
  } catch (error) {
    return { state: 'unavailable', reason: failureReason(error) };
  }
}
