import type { AuthorisedUpload, TicketStore } from '../../recording/ticket-store.js';
import type { OssCredentials } from '../../options/options.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../../options/resolved.js';
import {
  type CallbackParameter,
  type CallbackVariables,
  encodeCallback,
  type EncodedCallback,
  MAX_CALLBACK_BASE64_BYTES,
} from '../../protocol/callback/callback-parameter.js';
import type { ObjectOptions } from '../../protocol/object-options.js';
import { MAX_PARTS, MAX_UPLOAD_BYTES } from '../../protocol/object-limits.js';
import {
  arrivalOf,
  type CallbackTarget,
  type CallbackTargets,
} from '../../routes/callback-targets.js';
import { MAX_TICKET_LENGTH, type UploadTickets } from '../../ticket/upload-tickets.js';
import { callbackParameter } from '../../variables/callback-body-template.js';
import type { CustomVariablesType } from '../../variables/custom-variables.dto.js';
import { type CustomVariableTexts, toVariablesDto } from '../../variables/custom-variables.js';
import { toOptionTerms } from '../../variables/option-terms.js';
import { toVariableName } from '../../variables/variable-names.js';
import { type Carrier, pinnedHeaders } from './carrier.js';
import { checkObjectOptions } from './check-object-options.js';
import { type CheckedRequest, checkUploadRequest } from './check-upload-request.js';
import { invalidRequest } from './invalid-request.js';
import type { UploadRequest } from '../upload-request.js';

/** The parts of the app that an authorisation needs. */
export interface UploadContext {
  options: ResolvedOssCallbackOptions;
  tickets: UploadTickets;
  targets: Pick<CallbackTargets, 'find'>;
  ticketStore: Pick<TicketStore, 'add'>;
}

/** A request that can be authorised: everything about the upload but the times. */
export interface CheckedUpload extends CheckedRequest {
  uploadId: string;
  carrier: Carrier;
  ossBucket: ResolvedBucket;
  objectOptions: ObjectOptions;
  /** See {@link pinnedHeaders}. */
  headers: Readonly<Record<string, string>>;
  callbackTargets: readonly CallbackTarget[];
}

/** An upload with its ticket and callback: what remains is to write its row and to sign. */
export interface PreparedUpload extends CheckedUpload, AuthorisedUpload {
  signedAt: Date;
  callbackParameter: CallbackParameter;
  /** The custom variables with their `x:` names. */
  callbackVariables: CallbackVariables;
  /** Both as base64. */
  callback: EncodedCallback;
}

/** An upload whose requests are presigned. */
export interface SignedUpload extends PreparedUpload {
  /** Valid until the upload's `expiresAt`. */
  credentials: OssCredentials;
}

/**
 * Checks everything that can be wrong with a request.
 * @param uploadId a new one, or that of an upload that an earlier process began
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
 */
export function checkUpload(
  request: UploadRequest,
  carrier: Carrier,
  { options, targets }: Pick<UploadContext, 'options' | 'targets'>,
  uploadId: string,
): CheckedUpload {
  const ossBucket = findBucket(request.bucket, options);
  const checked = checkUploadRequest(request, uploadId, options.expiresInSeconds);
  checkSizes(checked, carrier);
  const objectOptions = checkObjectOptions(request);
  const headers = pinnedHeaders(carrier, uploadId, checked, objectOptions);
  const callbackTargets = targets.find(request.callback);
  for (const { variablesType } of callbackTargets) {
    checkRouteVariables(variablesType, checked.variables);
  }
  return { ...checked, uploadId, carrier, ossBucket, objectOptions, headers, callbackTargets };
}

/** Refuses sizes that OSS itself would refuse only after the bytes have arrived. */
function checkSizes(
  { minSizeBytes, maxSizeBytes = 0 }: CheckedRequest,
  { operation }: Carrier,
): void {
  const isMultipart = operation === 'CompleteMultipartUpload';
  const most = isMultipart ? MAX_PARTS * MAX_UPLOAD_BYTES : MAX_UPLOAD_BYTES;
  const more = isMultipart ? '' : '; larger objects need a multipart upload';
  for (const [field, bytes] of Object.entries({ minSizeBytes, maxSizeBytes })) {
    if (bytes > most)
      throw invalidRequest(field, `is ${bytes}; OSS accepts ${most} by ${operation}${more}`);
  }
}

/**
 * Authorises an upload whose requests are presigned; they expire with the credentials that sign them. Returns when the
 * ticket's row is durable.
 * @throws OssCallbackError as {@link prepareUpload} and `TicketStore.add`, `OSS_UNAVAILABLE` without credentials
 */
export async function authorizeUpload(
  checked: CheckedUpload,
  context: UploadContext,
): Promise<SignedUpload> {
  const upload = await prepareSigned(checked, context);
  await context.ticketStore.add(upload);
  return upload;
}

/** What {@link authorizeUpload} does before anything is written. */
export async function prepareSigned(
  checked: CheckedUpload,
  context: Pick<UploadContext, 'options' | 'tickets'>,
): Promise<SignedUpload> {
  const { credentials, signedAt, leftSeconds } = await credentialsFor(
    checked.ossBucket,
    checked.expiresInSeconds,
  );
  const expiresInSeconds = Math.min(checked.expiresInSeconds, leftSeconds);
  return { ...prepareUpload(checked, context, { signedAt, expiresInSeconds }), credentials };
}

/** Credentials that presign now, and how long what they sign is valid at most: no longer than they are. */
export async function credentialsFor(
  bucket: ResolvedBucket,
  neededSeconds: number,
): Promise<{ credentials: OssCredentials; signedAt: Date; leftSeconds: number }> {
  const credentials = await bucket.getCredentials(neededSeconds);
  const signedAt = new Date();
  const leftMs = (credentials.expiresAt?.getTime() ?? Infinity) - signedAt.getTime();
  // One second less, in case OSS's clock is ahead.
  return { credentials, signedAt, leftSeconds: Math.max(1, Math.floor(leftMs / 1000) - 1) };
}

/**
 * Issues the ticket of an upload, and writes its callback.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` if either becomes too long
 */
export function prepareUpload(
  checked: CheckedUpload,
  { options, tickets }: Pick<UploadContext, 'options' | 'tickets'>,
  {
    signedAt = new Date(),
    expiresInSeconds = checked.expiresInSeconds,
  }: { signedAt?: Date; expiresInSeconds?: number } = {},
): PreparedUpload {
  const { uploadId, owner, minSizeBytes, maxSizeBytes, contentTypes } = checked;
  const { object, variables, carrier, callbackTargets } = checked;
  const { bucket } = checked.ossBucket;
  const expiresAt = new Date(signedAt.getTime() + expiresInSeconds * 1000);
  // whole seconds, as the ticket carries them
  const acceptUntilSeconds =
    Math.ceil(expiresAt.getTime() / 1000) + options.tickets.acceptForSeconds;
  const terms = {
    uploadId,
    owner,
    minSizeBytes,
    maxSizeBytes,
    contentTypes,
    options: toOptionTerms(checked.objectOptions),
    acceptUntil: new Date(acceptUntilSeconds * 1000),
    uploadIdPinned: carrier.pinsUploadId,
  };
  const binding = { bucket, object, variables };
  const ticket = tickets.issue(terms, binding, callbackTargets.map(arrivalOf));
  if (!ticket) {
    throw invalidRequest(
      'owner',
      `and contentTypes make a ticket of more than ${MAX_TICKET_LENGTH} characters; shorten them`,
    );
  }
  const callbackVariables = Object.fromEntries(
    Object.entries(variables).map(([property, text]) => [toVariableName(property)!, text]),
  );
  const parameter = callbackParameter(
    options.callback,
    callbackTargets.map(({ url }) => url),
    Object.keys(callbackVariables),
    ticket,
  );
  const callback = encodeCallback(parameter, callbackVariables);
  if (
    Math.max(callback.callback.length, callback.callbackVar?.length ?? 0) >
    MAX_CALLBACK_BASE64_BYTES
  ) {
    throw invalidRequest(
      'variables',
      `are too many or too long; OSS accepts ${MAX_CALLBACK_BASE64_BYTES} characters of base64`,
    );
  }
  return {
    ...checked,
    terms,
    bucket,
    operation: carrier.operation,
    signedAt,
    expiresAt,
    expiresInSeconds,
    callbackParameter: parameter,
    callbackVariables,
    callback,
  };
}

/** Variables that the route would refuse once the object is stored are refused before. */
function checkRouteVariables(
  type: CustomVariablesType | undefined,
  texts: CustomVariableTexts,
): void {
  const read = type && toVariablesDto(type, texts);
  if (read && !read.ok) {
    throw invalidRequest(
      'variables',
      `do not fit ${type.name}, which its @OssCallback route reads: ${read.problem}`,
    );
  }
}

function findBucket(
  name: string | undefined,
  { buckets }: ResolvedOssCallbackOptions,
): ResolvedBucket {
  const bucket = name === undefined ? [...buckets.values()][0] : buckets.get(name);
  if (bucket) return bucket;
  throw invalidRequest(
    'bucket',
    `is ${JSON.stringify(name)}; the options have ${[...buckets.keys()].join(', ')}`,
  );
}
