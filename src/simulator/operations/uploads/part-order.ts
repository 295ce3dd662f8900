import { OssFailure } from '../../server/oss-failure.js';
import type { MultipartUpload } from '../../storage/multipart/multipart-upload.js';

/**
 * Rejects a part of a sequential upload that is not the next one. Parts of other uploads may arrive in any order, and
 * repeatedly.
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/developer-reference/initiatemultipartupload
 */
export function refuseDisorder({ sequential, parts }: MultipartUpload, number: number): void {
  if (!sequential) return;
  const uploaded = parts.get(number);
  if (uploaded) {
    throw new OssFailure('PartAlreadyExist', {
      details: { PartNumber: String(number), PartEtag: `"${uploaded.etag}"` },
    });
  }
  if (number !== parts.size + 1) throw new OssFailure('PartNotSequential');
}
