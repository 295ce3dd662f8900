import { encodePostPolicy, type PolicyCondition } from '../../protocol/signing/post-policy.js';
import { signPolicyV1 } from '../../protocol/signing/signature-v1.js';
import {
  signPolicyV4,
  v4Credential,
  v4Date,
  V4_ALGORITHM,
} from '../../protocol/signing/signature-v4.js';
import { familyOf, onlyTypeOf } from '../../variables/media-type.js';
import { MAX_OBJECT_BYTES, refuse } from './check-upload-request.js';
import { pinnedFields } from './pinned-headers.js';
import type { PreparedUpload, SignedUpload } from './prepare-upload.js';
import type { SignatureVersion } from '../upload-request.js';

/** Outranks the type of the file part and the field `Content-Type`, so that the policy has to pin this one. */
const TYPE_FIELD = 'x-oss-content-type';

/**
 * The fields of a signed form. Each field but the custom variables is a condition of the policy: whether OSS takes
 * conditions on `x:` fields is unknown, and the ticket covers those.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` where a form cannot carry the object's name or a variable
 */
export function signPostForm(
  upload: SignedUpload,
  signatureVersion: SignatureVersion = 'v4',
): Record<string, string> {
  checkFieldTexts(upload);
  if (upload.objectOptions.tagging) {
    throw refuse(
      'tagging',
      'cannot be sent with a form; use a presigned PUT or a multipart upload',
    );
  }
  const { ossBucket, object, callback, terms, expiresAt } = upload;
  const signer = signatureVersion === 'v1' ? signerV1(upload) : signerV4(upload);
  const { securityToken } = upload.credentials;
  const pinned: Record<string, string> = {
    key: object,
    callback: callback.callback,
    success_action_status: '200',
    ...pinnedFields(upload),
    ...signer.named,
    ...(securityToken ? { 'x-oss-security-token': securityToken } : {}),
  };
  const type = typeOf(upload);
  const conditions: PolicyCondition[] = [
    { bucket: ossBucket.bucket },
    ...Object.entries(pinned).map(([name, value]) => ['eq', `$${name}`, value] as const),
    ['content-length-range', terms.minSizeBytes, terms.maxSizeBytes ?? MAX_OBJECT_BYTES],
    ...type.conditions,
  ];
  const policy = encodePostPolicy({ expiresAt, conditions });
  return {
    ...pinned,
    ...type.fields,
    ...upload.callbackVariables,
    policy,
    ...signer.sign(policy),
  };
}

interface PolicySigner {
  /** Fields that the policy has to name. */
  named: Record<string, string>;
  sign(policy: string): Record<string, string>;
}

function signerV4({ credentials, ossBucket, signedAt }: SignedUpload): PolicySigner {
  const scope = { credentials, region: ossBucket.region, signedAt };
  return {
    named: {
      'x-oss-signature-version': V4_ALGORITHM,
      'x-oss-credential': v4Credential(scope),
      'x-oss-date': v4Date(signedAt),
    },
    sign: (policy) => ({ 'x-oss-signature': signPolicyV4(policy, scope)['x-oss-signature'] }),
  };
}

function signerV1({ credentials }: SignedUpload): PolicySigner {
  return { named: {}, sign: (policy) => signPolicyV1(policy, credentials) };
}

/** Browsers send each line break of a field as CR LF, and OSS fills in `${filename}`: neither would match its ticket. */
function checkFieldTexts({ object, variables }: PreparedUpload): void {
  const loneBreak = /\r(?!\n)|(?<!\r)\n/;
  if (loneBreak.test(object)) throw refuse('object', 'has a line break, which forms rewrite');
  if (object.includes('${filename}')) {
    throw refuse('object', 'holds "${filename}", in whose place OSS puts the name of the file');
  }
  const broken = Object.keys(variables).find((property) => loneBreak.test(variables[property]!));
  if (broken === undefined) return;
  throw refuse('variables', `have a line break in "${broken}", which forms rewrite; send CR LF`);
}

/**
 * Patterns of several families cannot be one condition, and a beginning is all that a condition can ask of one family:
 * `image/png,text/html` has it. What OSS lets through is checked when the upload is reported.
 */
function typeOf({ contentType, terms: { contentTypes } }: PreparedUpload): {
  fields: Record<string, string>;
  conditions: PolicyCondition[];
} {
  const exact = contentType ?? onlyTypeOf(contentTypes);
  if (exact !== undefined) {
    return { fields: { [TYPE_FIELD]: exact }, conditions: [['eq', `$${TYPE_FIELD}`, exact]] };
  }
  if (contentTypes.length === 0) return { fields: {}, conditions: [] };
  const families = contentTypes.flatMap((range) => familyOf(range) ?? []);
  if (families.length === 0) {
    return { fields: {}, conditions: [['in', `$${TYPE_FIELD}`, contentTypes]] };
  }
  const common = families.find((family) => contentTypes.every((range) => range.startsWith(family)));
  return { fields: {}, conditions: [['starts-with', `$${TYPE_FIELD}`, common ?? '']] };
}
