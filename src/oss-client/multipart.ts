import { OssCallbackError } from '../common/errors.js';
import type { ResolvedBucket } from '../options/resolved.js';
import { xmlElements } from '../protocol/xml-elements.js';
import type { TimeLimits } from './http-exchange.js';
import { requestObject } from './oss-client.js';
import { normalizeEtag, ossRefusal, readOssError, xmlElement } from './oss-response.js';
import { sendWithRetries } from './retry.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** An abort is repeated while parts that were being sent still arrive. */
const MAX_ABORTS = 4;

/** A multipart upload as OSS knows it. */
export interface MultipartTarget {
  bucket: ResolvedBucket;
  object: string;
  ossUploadId: string;
}

/** A part that OSS has. */
export interface ListedPart {
  partNumber: number;
  /** Upper-case hex without quotes. */
  etag: string;
  sizeBytes: number;
  crc64?: bigint;
}

/**
 * Initiates a multipart upload. Retried without an answer, which at worst leaves an upload without parts.
 * @returns OSS's id of the upload
 * @throws OssCallbackError `OSS_REFUSED` or `OSS_UNAVAILABLE`
 * @see https://help.aliyun.com/en/oss/developer-reference/initiatemultipartupload
 */
export async function initiateMultipart(
  bucket: ResolvedBucket,
  object: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const request = {
    method: 'POST',
    bucket,
    object,
    query: { uploads: '' },
    headers,
    isRepeatable: true,
  } as const;
  const answer = await sendWithRetries(() => requestObject({ ...request, ...limits(signal) }), {
    signal,
  });
  const ossUploadId = answer.status === 200 ? xmlElement(answer.text, 'UploadId') : undefined;
  if (ossUploadId) return ossUploadId;
  throw ossRefusal(answer, `OSS did not begin the upload of ${JSON.stringify(object)}`);
}

/**
 * @returns the parts that have arrived; nothing if OSS does not know the upload, or no longer
 * @throws OssCallbackError `OSS_REFUSED` or `OSS_UNAVAILABLE`
 * @see https://help.aliyun.com/en/oss/developer-reference/listparts
 */
export async function listParts(
  { bucket, object, ossUploadId }: MultipartTarget,
  signal?: AbortSignal,
): Promise<ListedPart[] | undefined> {
  const parts: ListedPart[] = [];
  for (let marker = '0'; ;) {
    const query = { uploadId: ossUploadId, 'max-parts': '1000', 'part-number-marker': marker };
    const answer = await sendWithRetries(
      () => requestObject({ method: 'GET', bucket, object, query, ...limits(signal) }),
      { signal },
    );
    const { status, text } = answer;
    if (status !== 200) {
      if (readOssError(text)?.code === 'NoSuchUpload') return undefined;
      throw ossRefusal(answer, `OSS did not list the parts of ${JSON.stringify(object)}`);
    }
    parts.push(...xmlElements(text, 'Part').map(readPart));
    const next = xmlElement(text, 'NextPartNumberMarker') ?? marker;
    if (xmlElement(text, 'IsTruncated') !== 'true' || Number(next) <= Number(marker)) return parts;
    marker = next;
  }
}

/**
 * Aborts a multipart upload and removes its parts. Repeated until OSS says that it is gone, since a part that was being
 * sent may be stored after the first abort.
 * @returns whether it is gone; never throws
 * @see https://help.aliyun.com/en/oss/developer-reference/abortmultipartupload
 */
export async function abortMultipart(target: MultipartTarget): Promise<boolean> {
  const { bucket, object, ossUploadId } = target;
  const query = { uploadId: ossUploadId };
  try {
    for (let call = 0; call < MAX_ABORTS; call += 1) {
      const { status, text } = await sendWithRetries(() =>
        requestObject({ method: 'DELETE', bucket, object, query, ...limits() }),
      );
      if (status !== 204) return readOssError(text)?.code === 'NoSuchUpload';
    }
    return false;
  } catch (error) {
    if (error instanceof OssCallbackError) return false;
    throw error;
  }
}

function readPart(xml: string): ListedPart {
  const crc64 = xmlElement(xml, 'HashCrc64ecma');
  return {
    partNumber: Number(xmlElement(xml, 'PartNumber')),
    etag: normalizeEtag(xmlElement(xml, 'ETag') ?? ''),
    sizeBytes: Number(xmlElement(xml, 'Size')),
    ...(crc64 && /^\d+$/.test(crc64) ? { crc64: BigInt(crc64) } : {}),
  };
}

/** Of one request, from now on. */
function limits(signal?: AbortSignal): TimeLimits {
  return { endsAtMs: performance.now() + REQUEST_TIMEOUT_MS, signal };
}
