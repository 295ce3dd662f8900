import { assumeRole, type TemporaryCredentials } from '../../oss-client/sts.js';
import { MAX_SESSION_SECONDS, MIN_SESSION_SECONDS } from '../../options/checks/sts.js';
import type { ResolvedSts } from '../../options/resolved.js';
import {
  type AccessPolicy,
  findWildcard,
  MAX_SESSION_POLICY_LENGTH,
  policyForObject,
} from '../../protocol/signing/access-policy.js';
import { createUploadId } from '../../ticket/upload-id.js';
import type { Carrier } from './carrier.js';
import { checkTypes, type Kinds, oneOf, UPLOAD_REQUEST } from './check-types.js';
import { invalidRequest } from './invalid-request.js';
import {
  type CheckedUpload,
  checkUpload,
  prepareUpload,
  type UploadContext,
} from './prepare-upload.js';
import { type SdkCallback, toSdkCallback } from './sdk-callback.js';
import type { UploadRequest } from '../upload-request.js';

/**
 * The request with which an SDK stores the object: `PutObject`, or for uploads in parts `CompleteMultipartUpload`.
 * @category Uploads
 */
export type SdkOperation = 'PutObject' | 'CompleteMultipartUpload';

/**
 * An upload that a client makes with an SDK of OSS.
 * @category Uploads
 */
export interface SdkUploadRequest extends UploadRequest {
  /** The request that stores the object. Default: `PutObject`. */
  operation?: SdkOperation;
}

/**
 * What a client needs to upload with an SDK of OSS.
 * @category Uploads
 */
export interface SdkAuthorisation {
  /** Id of the upload, for `status()` and the record. */
  uploadId: string;
  /** OSS's name of the bucket. */
  bucket: string;
  /** Region without a prefix, such as `cn-hangzhou`; some SDKs expect `oss-` before it. */
  region: string;
  /** Scheme and host of OSS, without the bucket. */
  endpoint: string;
  /** Key of the object. */
  object: string;
  /** The type to store the object with; absent if the request allows several. */
  contentType?: string;
  /** The callback, in the forms of several SDKs. */
  callback: SdkCallback;
  /** Headers to be sent with PutObject, or with InitiateMultipartUpload and CompleteMultipartUpload. */
  headers: Record<string, string>;
  /**
   * Temporary credentials that can upload this one object and nothing else; absent if no role is configured (`sts`).
   */
  credentials?: TemporaryCredentials;
  /** Until when the upload has to start. */
  expiresAt: Date;
}

/** The permissions that an upload needs. They do not allow reading, listing or deleting objects. */
const ACTIONS: Readonly<Record<SdkOperation, readonly string[]>> = {
  PutObject: ['oss:PutObject'],
  CompleteMultipartUpload: ['oss:PutObject', 'oss:AbortMultipartUpload', 'oss:ListParts'],
};

const PROPERTIES: Kinds<SdkUploadRequest> = {
  ...UPLOAD_REQUEST,
  operation: oneOf(...Object.keys(ACTIONS)),
};

/** The client signs its requests itself, so nothing of them is pinned. Without an ACL the bucket's own applies. */
const sdkCarrier = (operation: SdkOperation): Carrier => ({
  operation,
  pinsUploadId: false,
  pinsAcl: false,
  pinsContentType: false,
});

/** See `OssUploadService.authorizeSdk`. */
export async function authorizeSdk(
  request: SdkUploadRequest,
  context: UploadContext,
): Promise<SdkAuthorisation> {
  checkTypes(request, PROPERTIES);
  const { operation = 'PutObject' } = request;
  const checked = checkUpload(request, sdkCarrier(operation), context, createUploadId());
  const { ossBucket, object, contentType, headers } = checked;
  const { sts } = ossBucket;
  const role = sts && { sts, ...sessionOf(checked, sts, ACTIONS[operation]) };
  const upload = prepareUpload(checked, context, { expiresInSeconds: role?.durationSeconds });
  const credentials = role && (await assumeRole(role.sts, await ossBucket.getCredentials(), role));
  await context.ticketStore.add(upload);
  return {
    uploadId: upload.uploadId,
    bucket: ossBucket.bucket,
    region: ossBucket.region,
    endpoint: ossBucket.endpoint,
    object,
    ...(contentType === undefined ? {} : { contentType }),
    callback: toSdkCallback(upload),
    headers,
    ...(credentials ? { credentials } : {}),
    expiresAt: upload.expiresAt,
  };
}

/**
 * What the temporary credentials allow, and for how long: the upload may start while they are valid.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if they would allow more than this object, or not enough
 */
function sessionOf(
  { ossBucket, object, objectOptions, expiresInSeconds }: CheckedUpload,
  sts: ResolvedSts,
  actions: readonly string[],
): { policy: AccessPolicy; durationSeconds: number } {
  const wildcard = findWildcard(object);
  if (wildcard !== undefined) {
    throw invalidRequest(
      'object',
      `contains "${wildcard}", which is a pattern in a policy: temporary credentials would allow other objects too. Choose another name, or use authorizePutObject`,
    );
  }
  if (objectOptions.serverSideEncryption === 'KMS') {
    throw invalidRequest(
      'serverSideEncryption',
      'is "KMS", which needs permissions beyond this one object. Let the bucket encrypt by default, or use authorizePutObject',
    );
  }
  const policy = policyForObject(ossBucket.bucket, object, [
    ...actions,
    ...(objectOptions.tagging ? ['oss:PutObjectTagging'] : []),
  ]);
  const { length } = JSON.stringify(policy);
  if (length > MAX_SESSION_POLICY_LENGTH) {
    throw invalidRequest(
      'object',
      `results in a policy of ${length} characters; STS accepts ${MAX_SESSION_POLICY_LENGTH}. Choose a shorter name, or use authorizePutObject`,
    );
  }
  const durationSeconds =
    sts.durationSeconds ??
    Math.min(Math.max(expiresInSeconds, MIN_SESSION_SECONDS), MAX_SESSION_SECONDS);
  return { policy, durationSeconds };
}
