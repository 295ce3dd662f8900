import { assumeRole, type TemporaryCredentials } from '../../oss-client/sts.js';
import {
  findWildcard,
  MAX_SESSION_POLICY_LENGTH,
  policyForObject,
} from '../../protocol/signing/access-policy.js';
import { MAX_SESSION_SECONDS, MIN_SESSION_SECONDS } from '../../options/checks/sts.js';
import { onlyTypeOf } from '../../variables/media-type.js';
import { refuse } from './check-upload-request.js';
import { askedHeaders } from './pinned-headers.js';
import { type PreparedUpload, prepareUpload } from './prepare-upload.js';
import type { UploadContext } from '../send/put-object.js';
import { type SdkCallback, toSdkCallback } from './sdk-callback.js';
import type { UploadRequest } from '../upload-request.js';

export type SdkOperation = 'PutObject' | 'CompleteMultipartUpload';

export interface SdkUploadRequest extends UploadRequest {
  /** How the client uploads: in one request, or in parts. Default `PutObject`. */
  operation?: SdkOperation;
}

/** What a client needs that uploads with an SDK of its own. */
export interface SdkAuthorisation {
  uploadId: string;
  /** OSS's name of the bucket. */
  bucket: string;
  /** Without a prefix; some SDKs want `oss-` before it. */
  region: string;
  /** Without the bucket. */
  endpoint: string;
  object: string;
  /** The type to store the object with, where the request leaves only one. */
  contentType?: string;
  callback: SdkCallback;
  /** To be sent with PutObject, or with InitiateMultipartUpload and CompleteMultipartUpload. */
  headers: Record<string, string>;
  /** Where a role is configured (`sts`): they can upload this one object and nothing else. */
  credentials?: TemporaryCredentials;
  /** When the upload has to have started. */
  expiresAt: Date;
}

/** The rights that an upload needs. Without them nobody can read, list or delete anything. */
const ACTIONS: Readonly<Record<SdkOperation, readonly string[]>> = {
  PutObject: ['oss:PutObject'],
  CompleteMultipartUpload: ['oss:PutObject', 'oss:AbortMultipartUpload', 'oss:ListParts'],
};

/** @throws OssCallbackError as `OssUploadService.authorizeSdk` */
export async function authorizeSdk(
  request: SdkUploadRequest,
  context: UploadContext,
): Promise<SdkAuthorisation> {
  const operation = request.operation ?? 'PutObject';
  if (!Object.hasOwn(ACTIONS, operation)) {
    throw refuse(
      'operation',
      `is ${JSON.stringify(operation)}; write ${Object.keys(ACTIONS).join(' or ')}`,
    );
  }
  const upload = prepareForSdk(request, operation, context);
  const credentials = await credentialsFor(upload, [
    ...ACTIONS[operation],
    ...(upload.objectOptions.tagging ? ['oss:PutObjectTagging'] : []),
  ]);
  await context.ticketStore.add(upload);
  const { ossBucket, object, terms, expiresAt } = upload;
  const contentType = upload.contentType ?? onlyTypeOf(terms.contentTypes);
  return {
    uploadId: terms.uploadId,
    bucket: ossBucket.bucket,
    region: ossBucket.region,
    endpoint: ossBucket.endpoint,
    object,
    ...(contentType === undefined ? {} : { contentType }),
    callback: toSdkCallback(upload.callback),
    headers: askedHeaders(upload),
    ...(credentials ? { credentials } : {}),
    expiresAt,
  };
}

/** With a role the upload may start as long as its credentials are good. */
function prepareForSdk(
  request: SdkUploadRequest,
  operation: SdkOperation,
  context: UploadContext,
): PreparedUpload {
  const upload = prepareUpload(request, operation, context, false);
  const { sts } = upload.ossBucket;
  if (!sts) return upload;
  const wildcard = findWildcard(upload.object);
  if (wildcard !== undefined) {
    throw refuse(
      'object',
      `holds "${wildcard}", which a policy reads as a pattern: temporary credentials for it would be good for other objects, too. Choose another name, or authorizePutObject`,
    );
  }
  if (upload.objectOptions.serverSideEncryption === 'KMS') {
    throw refuse(
      'serverSideEncryption',
      'is "KMS", for which temporary credentials of one object lack the rights. Let the bucket encrypt by default, or authorizePutObject',
    );
  }
  const expiresInSeconds =
    sts.durationSeconds ??
    Math.min(Math.max(upload.expiresInSeconds, MIN_SESSION_SECONDS), MAX_SESSION_SECONDS);
  return expiresInSeconds === upload.expiresInSeconds
    ? upload
    : prepareUpload({ ...request, expiresInSeconds }, operation, context, false);
}

async function credentialsFor(
  { ossBucket, object, expiresInSeconds }: PreparedUpload,
  actions: readonly string[],
): Promise<TemporaryCredentials | undefined> {
  if (!ossBucket.sts) return undefined;
  const policy = policyForObject(ossBucket.bucket, object, actions);
  const { length } = JSON.stringify(policy);
  if (length > MAX_SESSION_POLICY_LENGTH) {
    throw refuse(
      'object',
      `makes a policy of ${length} characters; STS takes ${MAX_SESSION_POLICY_LENGTH}. Choose a shorter name, or authorizePutObject`,
    );
  }
  return assumeRole(ossBucket.sts, await ossBucket.getCredentials(), {
    policy,
    durationSeconds: expiresInSeconds,
  });
}
