import type { AuthorisedUpload } from '../../recording/ticket-store.js';
import type { OssCredentials } from '../../options/options.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../../options/resolved.js';
import {
  encodeCallback,
  type EncodedCallback,
  MAX_CALLBACK_BASE64_BYTES,
} from '../../protocol/callback/callback-parameter.js';
import {
  arrivalOf,
  type CallbackTarget,
  type CallbackTargets,
} from '../../routes/callback-targets.js';
import { createUploadId } from '../../ticket/upload-id.js';
import { MAX_TICKET_LENGTH, type UploadTickets } from '../../ticket/upload-tickets.js';
import type { CustomVariablesType } from '../../variables/custom-variables.dto.js';
import { type CustomVariableTexts, toVariablesDto } from '../../variables/custom-variables.js';
import { toOptionTerms } from '../../variables/option-terms.js';
import type { UploadTerms } from '../../variables/upload-terms.js';
import { toVariableName } from '../../variables/variable-names.js';
import { callbackBodyTemplate } from './callback-body-template.js';
import { checkObjectOptions } from './check-object-options.js';
import { checkUploadRequest, refuse } from './check-upload-request.js';
import type { UploadRequest } from '../upload-request.js';

/** An upload with everything decided: what remains is to write its row and to sign. */
export interface PreparedUpload extends AuthorisedUpload {
  ossBucket: ResolvedBucket;
  /** The type named by the request, if any. */
  contentType: string | undefined;
  overwrite: boolean;
  callback: EncodedCallback;
  /** The custom variables with their `x:` names. */
  callbackVariables: Readonly<Record<string, string>>;
  expiresInSeconds: number;
  signedAt: Date;
}

export interface PreparationContext {
  options: ResolvedOssCallbackOptions;
  tickets: UploadTickets;
  targets: CallbackTargets;
}

/** An upload that an earlier process announced: its ticket comes out the same. */
export interface EarlierUpload {
  uploadId: string;
  signedAt: Date;
}

/** An upload whose request is to be signed for somebody else. */
export interface SignedUpload extends PreparedUpload {
  /** Good until the upload's `expiresAt`. */
  credentials: OssCredentials;
}

/**
 * Decides everything about an upload. What is signed with temporary credentials ends with them, and so does the upload.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`, before credentials are asked for
 */
export async function prepareSignedUpload(
  request: UploadRequest,
  operation: string,
  context: PreparationContext,
): Promise<SignedUpload> {
  const decided = prepareUpload(request, operation, context);
  const { expiresInSeconds, ossBucket } = decided;
  const credentials = await ossBucket.getCredentials(expiresInSeconds);
  const leftMs = (credentials.expiresAt?.getTime() ?? Infinity) - Date.now();
  // A second less, since the request is signed a moment later.
  const leftSeconds = Math.max(1, Math.floor(leftMs / 1000) - 1);
  return leftSeconds < expiresInSeconds
    ? {
        ...prepareUpload({ ...request, expiresInSeconds: leftSeconds }, operation, context),
        credentials,
      }
    : { ...decided, credentials };
}

/**
 * @param uploadIdPinned whether OSS makes the uploader store `x-oss-meta-upload-id`, not only the app asks for it
 * @param earlier goes on with an upload whose row is there already
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
 */
export function prepareUpload(
  request: UploadRequest,
  operation: string,
  { options, tickets, targets }: PreparationContext,
  uploadIdPinned = true,
  earlier?: EarlierUpload,
): PreparedUpload {
  const ossBucket = findBucket(request.bucket, options);
  const signedAt = earlier?.signedAt ?? new Date();
  const uploadId = earlier?.uploadId ?? createUploadId(signedAt.getTime());
  const checked = checkUploadRequest(request, uploadId, options.expiresInSeconds);
  const objectOptions = checkObjectOptions(request);
  const { object, owner, maxSizeBytes, variables, expiresInSeconds } = checked;
  const expiresAt = new Date(signedAt.getTime() + expiresInSeconds * 1000);
  const terms: UploadTerms = {
    uploadId,
    ...(owner === undefined ? {} : { owner }),
    minSizeBytes: checked.minSizeBytes,
    ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
    contentTypes: checked.contentTypes,
    options: toOptionTerms(objectOptions),
    // whole seconds, as the ticket carries them
    acceptUntil: new Date(
      (Math.ceil(expiresAt.getTime() / 1000) + options.tickets.acceptForSeconds) * 1000,
    ),
    uploadIdPinned,
  };
  const callbackTargets = targets.find(request.callback);
  for (const { variablesType } of callbackTargets) checkRouteVariables(variablesType, variables);
  const ticket = tickets.issue(
    terms,
    { bucket: ossBucket.bucket, object, variables },
    callbackTargets.map(arrivalOf),
  );
  if (!ticket) {
    throw refuse(
      'owner',
      `and contentTypes make a ticket of more than ${MAX_TICKET_LENGTH} characters; shorten them`,
    );
  }
  const callbackVariables = Object.fromEntries(
    Object.entries(variables).map(([property, text]) => [toVariableName(property)!, text]),
  );
  return {
    terms,
    bucket: ossBucket.bucket,
    ossBucket,
    object,
    variables,
    objectOptions,
    operation,
    expiresAt,
    expiresInSeconds,
    signedAt,
    contentType: checked.contentType,
    overwrite: checked.overwrite,
    callbackVariables,
    callback: encode(options, callbackTargets, callbackVariables, ticket),
  };
}

/** What the route would refuse when the object is stored, is refused before. */
function checkRouteVariables(
  type: CustomVariablesType | undefined,
  texts: CustomVariableTexts,
): void {
  const read = type && toVariablesDto(type, texts);
  if (read && !read.ok) {
    throw refuse(
      'variables',
      `do not fit ${type.name}, which its @OssCallback route reads: ${read.problem}`,
    );
  }
}

function encode(
  { callback }: ResolvedOssCallbackOptions,
  targets: readonly CallbackTarget[],
  variables: Readonly<Record<string, string>>,
  ticket: string,
): EncodedCallback {
  const urls = targets.map(({ url }) => url);
  const encoded = encodeCallback(
    {
      urls,
      host: callback.host,
      body: callbackBodyTemplate(callback, Object.keys(variables), ticket),
      bodyType: callback.bodyType,
      sni: callback.sni ?? (urls.some((url) => url.startsWith('https:')) || undefined),
    },
    variables,
  );
  const tooLong = Object.values(encoded).some(
    (text: string | undefined) => (text?.length ?? 0) > MAX_CALLBACK_BASE64_BYTES,
  );
  if (tooLong) {
    throw refuse(
      'variables',
      `are too many or too long; OSS takes ${MAX_CALLBACK_BASE64_BYTES} characters of base64`,
    );
  }
  return encoded;
}

export function findBucket(
  name: string | undefined,
  { buckets }: ResolvedOssCallbackOptions,
): ResolvedBucket {
  const bucket = name === undefined ? [...buckets.values()][0] : buckets.get(name);
  if (bucket) return bucket;
  throw refuse(
    'bucket',
    `is ${JSON.stringify(name)}; the options know ${[...buckets.keys()].join(', ')}`,
  );
}
