import { objectUrl, toQueryString } from '../../oss-client/object-address.js';
import { callbackHeaders, callbackQuery } from '../../protocol/callback/callback-carriers.js';
import { presignRequestV1 } from '../../protocol/signing/signature-v1.js';
import { presignRequestV4 } from '../../protocol/signing/signature-v4.js';
import { createUploadId } from '../../ticket/upload-id.js';
import type { Carrier } from './carrier.js';
import { checkTypes, type Kinds, oneOf, SIGNATURE_VERSION, UPLOAD_REQUEST } from './check-types.js';
import { authorizeUpload, checkUpload, type UploadContext } from './prepare-upload.js';
import type { PutObjectAuthorisation, PutObjectAuthorisationRequest } from '../upload-request.js';

/** Both versions of signatures sign the type and `x-oss-*`; other headers version 4 alone. */
export const PUT_OBJECT: Carrier = {
  operation: 'PutObject',
  pinsUploadId: true,
  pinsAcl: true,
  pinsContentType: true,
};

const PROPERTIES: Kinds<PutObjectAuthorisationRequest> = {
  ...UPLOAD_REQUEST,
  signatureVersion: SIGNATURE_VERSION,
  callbackIn: oneOf('query', 'headers'),
};

/** See `OssUploadService.authorizePutObject`. */
export async function authorizePutObject(
  request: PutObjectAuthorisationRequest,
  context: UploadContext,
): Promise<PutObjectAuthorisation> {
  checkTypes(request, PROPERTIES);
  const { signatureVersion = 'v4', callbackIn = 'query' } = request;
  const upload = await authorizeUpload(
    checkUpload(request, PUT_OBJECT, context, createUploadId()),
    context,
  );
  const { uploadId, ossBucket, object, callback, credentials, signedAt, expiresAt } = upload;
  const headers = {
    ...upload.headers,
    ...(callbackIn === 'headers' ? callbackHeaders(callback) : {}),
  };
  const put = {
    method: 'PUT' as const,
    bucket: ossBucket.bucket,
    object,
    query: callbackIn === 'query' ? callbackQuery(callback) : {},
    headers,
  };
  const query =
    signatureVersion === 'v1'
      ? presignRequestV1(put, { credentials, expiresAt })
      : presignRequestV4(put, {
          credentials,
          region: ossBucket.region,
          signedAt,
          expiresInSeconds: upload.expiresInSeconds,
          additionalHeaders: Object.keys(headers),
        });
  const url = `${objectUrl(ossBucket, object)}?${toQueryString(query)}`;
  return { uploadId, method: put.method, url, headers, expiresAt };
}
