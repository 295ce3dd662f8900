import type { SdkAuthorisation } from '../../src/index.js';
import { encodeObjectPath } from '../../src/protocol/signing/percent-encoding.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';

/** The option `sts` of a bucket whose uploaders get temporary credentials, which may do what `oss:PutObject` allows. */
export const STS = { roleArn: 'acs:ram::1234567890123456:role/uploader' };

/**
 * What an uploader with temporary credentials can do in place of his upload: PutSymlink at its key, with the headers
 * that it should have had.
 * @returns OSS's status
 */
export async function putSymlink(
  oss: { url: string },
  { bucket, object, headers: asked, credentials, region }: SdkAuthorisation,
  target: string,
): Promise<number> {
  const headers = {
    'content-type': 'text/plain',
    ...asked,
    'x-oss-symlink-target': encodeURIComponent(target),
  };
  const signed = signRequestV4(
    { method: 'PUT', bucket, object, query: { symlink: '' }, headers },
    { credentials: credentials!, region, signedAt: new Date() },
  );
  const response = await fetch(`${oss.url}/${bucket}/${encodeObjectPath(object)}?symlink`, {
    method: 'PUT',
    headers: { ...headers, ...signed },
  });
  return response.status;
}
