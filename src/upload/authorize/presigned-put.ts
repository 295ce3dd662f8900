import { objectUrl, toQueryString } from '../../oss-client/object-address.js';
import { callbackHeaders, callbackQuery } from '../../protocol/callback/callback-carriers.js';
import { presignRequestV1 } from '../../protocol/signing/signature-v1.js';
import { presignRequestV4 } from '../../protocol/signing/signature-v4.js';
import { exactContentType, pinnedHeaders } from './pinned-headers.js';
import type { SignedUpload } from './prepare-upload.js';
import type { PutObjectAuthorisationRequest } from '../upload-request.js';

/**
 * Signs a PUT for somebody else: the callback in its query, or in headers that he has to send.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` where the request leaves the type open
 */
export function presignPut(
  upload: SignedUpload,
  { signatureVersion = 'v4', callbackIn = 'query' }: PutObjectAuthorisationRequest,
): { url: string; headers: Record<string, string> } {
  const { ossBucket, object, callback, credentials, signedAt, expiresAt } = upload;
  const headers = {
    ...pinnedHeaders(upload, exactContentType(upload)),
    ...(callbackIn === 'headers' ? callbackHeaders(callback) : {}),
  };
  const request = {
    method: 'PUT',
    bucket: ossBucket.bucket,
    object,
    query: callbackIn === 'query' ? callbackQuery(callback) : {},
    headers,
  };
  const query =
    signatureVersion === 'v1'
      ? presignRequestV1(request, { credentials, expiresAt })
      : presignRequestV4(request, {
          credentials,
          region: ossBucket.region,
          signedAt,
          expiresInSeconds: upload.expiresInSeconds,
          additionalHeaders: Object.keys(headers),
        });
  return { url: `${objectUrl(ossBucket, object)}?${toQueryString(query)}`, headers };
}
