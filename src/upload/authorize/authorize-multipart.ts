import { initiateMultipart, type MultipartTarget } from '../../oss-client/multipart.js';
import { objectUrl, toQueryString } from '../../oss-client/object-address.js';
import type { OssCredentials } from '../../options/options.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { callbackQuery } from '../../protocol/callback/callback-carriers.js';
import { presignRequestV4 } from '../../protocol/signing/signature-v4.js';
import { audienceOf } from '../../ticket/upload-tickets.js';
import { createUploadId } from '../../ticket/upload-id.js';
import { type Carrier, overwriteHeader } from './carrier.js';
import { checkTypes, type Kinds, NUMBER, required, TEXT, UPLOAD_REQUEST } from './check-types.js';
import { invalidRequest } from './invalid-request.js';
import { type HandleKeys, openHandle, sealHandle } from './multipart-handle.js';
import { type PartPlan, partRange, planParts, withExactSize } from './part-plan.js';
import {
  authorizeUpload,
  checkUpload,
  credentialsFor,
  type SignedUpload,
  type UploadContext,
} from './prepare-upload.js';
import type {
  AuthorisedPart,
  MultipartAuthorisation,
  MultipartRequest,
  PartsAuthorisation,
  PartsRequest,
} from './multipart-request.js';

/** The app itself initiates the upload, with everything that is pinned. */
export const MULTIPART: Carrier = {
  operation: 'CompleteMultipartUpload',
  pinsUploadId: true,
  pinsAcl: true,
  pinsContentType: true,
};

/** At most this many parts are signed at once: each is about 600 bytes of JSON. */
const MAX_PARTS_PER_PAGE = 1_000;
/** OSS lists up to 1,000 parts after this one. */
const MARKER = 'part-number-marker';
/** Signed, because an HTTP library's default for bodies would invalidate the signature. */
const PART_CONTENT_TYPE = 'application/octet-stream';

const PROPERTIES: Kinds<MultipartRequest> = {
  ...UPLOAD_REQUEST,
  sizeBytes: required(NUMBER),
  partSizeBytes: NUMBER,
  presignedParts: NUMBER,
};
const PARTS_PROPERTIES: Kinds<PartsRequest> = {
  handle: required(TEXT),
  from: required(NUMBER),
  to: NUMBER,
};

interface Signing {
  target: MultipartTarget;
  credentials: OssCredentials;
  signedAt: Date;
  expiresInSeconds: number;
}

/**
 * See `OssUploadService.authorizeMultipart`.
 * @param initiate gets OSS's id of the upload
 */
export async function authorizeMultipart(
  request: MultipartRequest,
  context: UploadContext,
  initiate: typeof initiateMultipart = initiateMultipart,
): Promise<MultipartAuthorisation> {
  checkTypes(request, PROPERTIES);
  const { sizeBytes, partSizeBytes, presignedParts = MAX_PARTS_PER_PAGE, ...rest } = request;
  const exact = withExactSize(rest, 'sizeBytes', sizeBytes);
  if (sizeBytes === 0)
    throw invalidRequest('sizeBytes', 'is 0; upload an empty object with one PUT');
  const isPage =
    Number.isInteger(presignedParts) && presignedParts >= 1 && presignedParts <= MAX_PARTS_PER_PAGE;
  if (!isPage)
    throw invalidRequest(
      'presignedParts',
      `is ${presignedParts}; write 1 to ${MAX_PARTS_PER_PAGE}`,
    );
  const plan = planParts(sizeBytes, partSizeBytes);
  const upload = await authorizeUpload(
    checkUpload(exact, MULTIPART, context, createUploadId()),
    context,
  );
  const { uploadId, ossBucket, object, expiresAt } = upload;
  const ossUploadId = await initiate(ossBucket, object, upload.headers);
  const signing = { ...upload, target: { bucket: ossBucket, object, ossUploadId } };
  const query = { uploadId: ossUploadId };
  const handle = sealHandle(
    {
      uploadId,
      ossUploadId,
      bucket: ossBucket.bucket,
      object,
      sizeBytes,
      partSize: plan.partSize,
      expiresAt,
    },
    handleKeys(context.options),
  );
  return {
    uploadId,
    ossUploadId,
    partSize: plan.partSize,
    partCount: plan.partCount,
    ...signPage(signing, plan, 1, Math.min(plan.partCount, presignedParts)),
    complete: signCompletion(signing, upload),
    abort: { method: 'DELETE', url: presign(signing, 'DELETE', query) },
    handle,
    expiresAt,
  };
}

/** See `OssUploadService.authorizeParts`. */
export async function authorizeParts(
  request: PartsRequest,
  options: ResolvedOssCallbackOptions,
): Promise<PartsAuthorisation> {
  checkTypes(request, PARTS_PROPERTIES);
  const now = new Date();
  const handle = openHandle(request.handle, handleKeys(options), now);
  const bucket = [...options.buckets.values()].find((one) => one.bucket === handle.bucket);
  if (!bucket)
    throw invalidRequest(
      'handle',
      `names the bucket ${handle.bucket}, which is not in the options`,
    );
  const plan = planParts(handle.sizeBytes, handle.partSize);
  const { from, to = Math.min(plan.partCount, from + MAX_PARTS_PER_PAGE - 1) } = request;
  for (const [field, number] of Object.entries({ from, to })) {
    if (!Number.isInteger(number) || number < 1 || number > plan.partCount) {
      throw invalidRequest(field, `is ${number}; the upload has parts 1 to ${plan.partCount}`);
    }
  }
  if (to < from || to - from >= MAX_PARTS_PER_PAGE) {
    throw invalidRequest(
      'to',
      `is ${to}; one call gives up to ${MAX_PARTS_PER_PAGE} parts from "from" on`,
    );
  }
  const { uploadId, object, ossUploadId } = handle;
  const { leftSeconds, ...signer } = await credentialsFor(bucket, secondsTo(handle.expiresAt, now));
  const { signedAt } = signer;
  const expiresAt = new Date(Math.min(+handle.expiresAt, +signedAt + leftSeconds * 1000));
  const signing = {
    ...signer,
    target: { bucket, object, ossUploadId },
    expiresInSeconds: secondsTo(expiresAt, signedAt),
  };
  return { uploadId, ...signPage(signing, plan, from, to), expiresAt };
}

/** Whole seconds, since no part may be sent after the upload's end; at least the one that a signature needs. */
function secondsTo(end: Date, now: Date): number {
  return Math.max(1, Math.floor((+end - +now) / 1000));
}

function signPage(
  signing: Signing,
  plan: PartPlan,
  from: number,
  to: number,
): Pick<PartsAuthorisation, 'parts' | 'nextPartNumber' | 'listParts'> {
  const headers = { 'content-type': PART_CONTENT_TYPE };
  const { ossUploadId } = signing.target;
  const parts: AuthorisedPart[] = [];
  for (let partNumber = from; partNumber <= to; partNumber += 1) {
    const query = { partNumber: String(partNumber), uploadId: ossUploadId };
    const url = presign(signing, 'PUT', query, headers);
    const { sizeBytes } = partRange(plan, partNumber);
    parts.push({ partNumber, method: 'PUT', url, headers: { ...headers }, sizeBytes });
  }
  const query = { uploadId: ossUploadId, ...(from > 1 ? { [MARKER]: String(from - 1) } : {}) };
  return {
    parts,
    ...(to < plan.partCount ? { nextPartNumber: to + 1 } : {}),
    listParts: { method: 'GET', url: presign(signing, 'GET', query) },
  };
}

/** OSS assembles all parts that have arrived, so the client need not send a list of them. */
function signCompletion(
  signing: Signing,
  upload: SignedUpload,
): MultipartAuthorisation['complete'] {
  const headers = { 'x-oss-complete-all': 'yes', ...overwriteHeader(upload) };
  const query = { uploadId: signing.target.ossUploadId, ...callbackQuery(upload.callback) };
  return { method: 'POST', url: presign(signing, 'POST', query, headers), headers };
}

function presign(
  { target: { bucket, object }, ...scope }: Signing,
  method: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): string {
  const signed = presignRequestV4(
    { method, bucket: bucket.bucket, object, query, headers },
    { ...scope, region: bucket.region },
  );
  return `${objectUrl(bucket, object)}?${toQueryString(signed)}`;
}

function handleKeys(options: ResolvedOssCallbackOptions): HandleKeys {
  const { tickets } = options;
  return { secrets: tickets.secrets, audience: audienceOf(options) };
}
