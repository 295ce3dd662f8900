import { MAX_PARTS, MAX_UPLOAD_BYTES } from '../../../protocol/object-limits.js';
import { receiveUpload } from '../../faults/upload-faults.js';
import { chunksOf } from '../../server/body.js';
import { invalidArgument, OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { withHeaders } from '../../server/reply.js';
import { isObjectName, type Resource } from '../../server/resource.js';
import { xmlReply, xmlTime } from '../../server/xml.js';
import type { SimulatorState } from '../../state.js';
import type { MultipartUpload } from '../../storage/multipart/multipart-upload.js';
import { readEncodingType } from '../encoding-type.js';
import { encryptionHeaders } from '../objects/encryption.js';
import { readNumber } from '../lists/list-page.js';
import {
  DEFAULT_CONTENT_TYPE,
  objectProperties,
  storageClassOf,
} from '../objects/object-properties.js';
import type { Run, UploadRun } from '../operation.js';
import { encryptionElements, requireSizes } from './client-encryption.js';
import { refuseDisorder } from './part-order.js';
import { noSuchUpload, storePart } from './store-part.js';
import { refuseOverwrite } from './upload.js';

/** EC of `NoSuchUpload` in UploadPart. */
const NO_UPLOAD_OF_PART = '0042-00000104';
/** In one response to ListParts. */
const MAX_LISTED = 1_000;

/** @see https://help.aliyun.com/en/oss/developer-reference/initiatemultipartupload */
export const initiateMultipartUpload: Run = async (state, request, resource) => {
  const { headers } = request;
  const { elements, write } = readEncodingType(request);
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  refuseOverwrite(state, resource, headers['x-oss-forbid-overwrite']);
  const bucket = state.buckets.get(resource.bucket);
  const properties = objectProperties(Object.entries(headers), bucket);
  requireSizes(properties.metadata);
  const upload = await state.multipart.begin({
    ...resource,
    initiatedAt: state.clock(),
    sequential: request.query.sequential !== undefined,
    mimeType: headers['content-type'] || DEFAULT_CONTENT_TYPE,
    ...properties,
  });
  const reply = xmlReply('InitiateMultipartUploadResult', [
    ...elements,
    ['Bucket', upload.bucket],
    ['Key', write(upload.object)],
    ['UploadId', upload.id],
  ]);
  return withHeaders(reply, encryptionHeaders(upload));
};

/** @see https://help.aliyun.com/en/oss/developer-reference/uploadpart */
export const uploadPart: UploadRun = async (state, request, resource, _caller, cutAfterBytes) => {
  const upload = findUpload(state, request, resource, NO_UPLOAD_OF_PART);
  const number = readPartNumber(request);
  refuseDisorder(upload, number);
  const received = await receiveUpload(state, request, chunksOf(request.body), {
    limitBytes: MAX_UPLOAD_BYTES,
    cutAfterBytes,
  });
  if (!received) throw new OssFailure('EntityTooLarge');
  const expectedMd5 = request.headers['content-md5'];
  const { etag } = await storePart(state, upload, number, received, NO_UPLOAD_OF_PART, expectedMd5);
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      'content-md5': received.md5.toString('base64'),
      'x-oss-hash-crc64ecma': received.crc64.toString(),
      ...encryptionHeaders(upload),
    },
  };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/listparts */
export const listParts: Run = async (state, request, resource) => {
  const upload = findUpload(state, request, resource);
  const { query } = request;
  const { elements, write } = readEncodingType(request);
  const marker = readNumber(query, 'part-number-marker', 0, { min: 0, max: MAX_PARTS });
  const maxParts = readNumber(query, 'max-parts', MAX_LISTED, { min: 1, max: MAX_LISTED });
  const following = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .toSorted((a, b) => a.number - b.number);
  const parts = following.slice(0, maxParts);
  return xmlReply('ListPartsResult', [
    ...elements,
    ['Bucket', upload.bucket],
    ['Key', write(upload.object)],
    ['UploadId', upload.id],
    ['StorageClass', storageClassOf(upload)],
    ...encryptionElements(upload),
    ['PartNumberMarker', String(marker)],
    ['NextPartNumberMarker', parts.at(-1)?.number.toString() ?? ''],
    ['MaxParts', String(maxParts)],
    ['IsTruncated', String(parts.length < following.length)],
    ...parts.map(
      ({ number, etag, received, uploadedAt }) =>
        [
          'Part',
          [
            ['PartNumber', String(number)],
            ['LastModified', xmlTime(uploadedAt)],
            ['ETag', `"${etag}"`],
            ['HashCrc64ecma', received.crc64.toString()],
            ['Size', String(received.sizeBytes)],
          ],
        ] as const,
    ),
  ]);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/abortmultipartupload */
export const abortMultipartUpload: Run = async (state, request, resource) => {
  await state.multipart.end(findUpload(state, request, resource));
  return { status: 204 };
};

/** @throws OssFailure */
export function findUpload(
  state: SimulatorState,
  request: OssRequest,
  resource: Resource,
  ec?: string,
): MultipartUpload {
  const id = request.query.uploadId ?? '';
  const upload = state.multipart.find(id, resource);
  if (!upload) throw noSuchUpload(id, ec);
  return upload;
}

/** @throws OssFailure */
export function readPartNumber({ query }: OssRequest): number {
  const number = Number(query.partNumber);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number;
  throw invalidArgument(
    'partNumber',
    query.partNumber ?? '',
    'Part number must be an integer between 1 and 10000, inclusive.',
  );
}
