import { OssFailure } from './oss-failure.js';

/** Bytes of an MD5. */
const MD5_BYTES = 16;

/**
 * Compares the content with the Content-MD5 that the client sent, if it sent any. The C SDK sends some bytes more behind
 * those of the MD5, which OSS ignores.
 * @param md5 of the content that arrived
 * @throws OssFailure `InvalidDigest`
 */
export function checkContentMd5(sent: string | undefined, md5: Buffer): void {
  if (sent === undefined) return;
  const expected = Buffer.from(sent, 'base64').subarray(0, MD5_BYTES);
  if (!expected.equals(md5)) throw new OssFailure('InvalidDigest');
}
