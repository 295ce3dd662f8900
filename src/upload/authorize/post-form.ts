import { objectUrl } from '../../oss-client/object-address.js';
import { encodePostPolicy, type PolicyCondition } from '../../protocol/signing/post-policy.js';
import { signPolicyV1 } from '../../protocol/signing/signature-v1.js';
import { policyFieldsV4, signPolicyV4 } from '../../protocol/signing/signature-v4.js';
import { MAX_UPLOAD_BYTES } from '../../protocol/object-limits.js';
import { familyOf } from '../../variables/media-range.js';
import { createUploadId } from '../../ticket/upload-id.js';
import type { Carrier } from './carrier.js';
import { checkTypes, type Kinds, SIGNATURE_VERSION, UPLOAD_REQUEST } from './check-types.js';
import { invalidRequest } from './invalid-request.js';
import {
  authorizeUpload,
  type CheckedUpload,
  checkUpload,
  type SignedUpload,
  type UploadContext,
} from './prepare-upload.js';
import type {
  PostObjectAuthorisation,
  PostObjectAuthorisationRequest,
  SignatureVersion,
} from '../upload-request.js';

/** Its policy names the fields; it can allow several types. */
export const POST_OBJECT: Carrier = {
  operation: 'PostObject',
  pinsUploadId: true,
  pinsAcl: true,
  pinsContentType: false,
};

/** Takes precedence over the type of the file part and the field `Content-Type`, so the policy has to pin this one. */
const TYPE_FIELD = 'x-oss-content-type';

const PROPERTIES: Kinds<PostObjectAuthorisationRequest> = {
  ...UPLOAD_REQUEST,
  signatureVersion: SIGNATURE_VERSION,
};

/** See `OssUploadService.authorizePostObject`. */
export async function authorizePostObject(
  request: PostObjectAuthorisationRequest,
  context: UploadContext,
): Promise<PostObjectAuthorisation> {
  const upload = await authorizeUpload(checkPostObject(request, context), context);
  return toPostForm(upload, request);
}

/** @throws OssCallbackError `INVALID_UPLOAD_REQUEST` */
export function checkPostObject(
  request: PostObjectAuthorisationRequest,
  context: UploadContext,
): CheckedUpload {
  checkTypes(request, PROPERTIES);
  const checked = checkUpload(request, POST_OBJECT, context, createUploadId());
  checkFields(checked);
  return checked;
}

/** The form of an authorised upload. */
export function toPostForm(
  upload: SignedUpload,
  { signatureVersion }: PostObjectAuthorisationRequest,
): PostObjectAuthorisation {
  const { uploadId, ossBucket, expiresAt } = upload;
  const fields = signPostForm(upload, signatureVersion);
  return { uploadId, url: objectUrl(ossBucket), fields, expiresAt };
}

/**
 * The fields of a signed form. Each field but the custom variables is a condition of the policy: it is unknown whether
 * OSS accepts conditions on `x:` fields, and the ticket covers those.
 */
export function signPostForm(
  upload: SignedUpload,
  signatureVersion: SignatureVersion = 'v4',
): Record<string, string> {
  const { ossBucket, object, callback, minSizeBytes, maxSizeBytes, expiresAt } = upload;
  const { credentials, signedAt } = upload;
  const scope = { credentials, region: ossBucket.region, signedAt };
  const pinned: Record<string, string> = {
    key: object,
    callback: callback.callback,
    success_action_status: '200',
    ...upload.headers,
    ...(signatureVersion === 'v1' ? {} : policyFieldsV4(scope)),
    ...(credentials.securityToken ? { 'x-oss-security-token': credentials.securityToken } : {}),
  };
  const type = typeOf(upload);
  const conditions: PolicyCondition[] = [
    { bucket: ossBucket.bucket },
    ...Object.entries(pinned).map(([name, value]) => ['eq', `$${name}`, value] as const),
    ['content-length-range', minSizeBytes, maxSizeBytes ?? MAX_UPLOAD_BYTES],
    ...type.conditions,
  ];
  const policy = encodePostPolicy({ expiresAt, conditions });
  return {
    ...pinned,
    ...type.fields,
    ...upload.callbackVariables,
    policy,
    ...(signatureVersion === 'v1'
      ? signPolicyV1(policy, credentials)
      : signPolicyV4(policy, scope)),
  };
}

/**
 * Browsers send each line break of a field as CR LF, and OSS replaces `${filename}`: neither would match its ticket.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
 */
export function checkFields({ object, variables, objectOptions }: CheckedUpload): void {
  if (objectOptions.tagging) {
    throw invalidRequest(
      'tagging',
      'cannot be sent with a form; use a presigned PUT or a multipart upload',
    );
  }
  const loneBreak = /\r(?!\n)|(?<!\r)\n/;
  if (loneBreak.test(object))
    throw invalidRequest('object', 'has a line break, which forms rewrite');
  if (object.includes('${filename}')) {
    throw invalidRequest(
      'object',
      'contains "${filename}", which OSS replaces with the name of the file',
    );
  }
  const broken = Object.keys(variables).find((property) => loneBreak.test(variables[property]!));
  if (broken === undefined) return;
  throw invalidRequest(
    'variables',
    `have a line break in "${broken}", which forms rewrite; send CR LF`,
  );
}

/**
 * A condition of a policy cannot express several families, and of one family only the beginning, with which
 * `image/png,text/html` begins as well. So what OSS accepts is checked again when the upload is reported.
 */
function typeOf({ contentType, contentTypes }: CheckedUpload): {
  fields: Record<string, string>;
  conditions: PolicyCondition[];
} {
  if (contentType !== undefined) {
    return {
      fields: { [TYPE_FIELD]: contentType },
      conditions: [['eq', `$${TYPE_FIELD}`, contentType]],
    };
  }
  if (contentTypes.length === 0) return { fields: {}, conditions: [] };
  const families = contentTypes.flatMap((range) => familyOf(range) ?? []);
  if (families.length === 0) {
    return { fields: {}, conditions: [['in', `$${TYPE_FIELD}`, contentTypes]] };
  }
  const common = families.find((family) => contentTypes.every((range) => range.startsWith(family)));
  return { fields: {}, conditions: [['starts-with', `$${TYPE_FIELD}`, common ?? '']] };
}
