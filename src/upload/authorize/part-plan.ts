import { MAX_PARTS, MAX_UPLOAD_BYTES, MIN_PART_BYTES } from '../../protocol/object-limits.js';
import { invalidRequest } from './invalid-request.js';
import type { UploadRequest } from '../upload-request.js';

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;
const MB = 1024 * 1024;

/** How an object is divided: every part but the last has `partSize` bytes. */
export interface PartPlan {
  sizeBytes: number;
  partSize: number;
  partCount: number;
}

export interface PartRange {
  partNumber: number;
  /** Offset of the first byte in the file. */
  start: number;
  sizeBytes: number;
}

/**
 * @param partSizeBytes default: 8 MB, or as many whole MB as 10,000 parts need
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
 */
export function planParts(sizeBytes: number, partSizeBytes?: number): PartPlan {
  const least = Math.ceil(sizeBytes / MAX_PARTS);
  const partSize = partSizeBytes ?? Math.max(DEFAULT_PART_BYTES, Math.ceil(least / MB) * MB);
  if (least > MAX_UPLOAD_BYTES) {
    throw invalidRequest(
      'sizeBytes',
      `is ${sizeBytes}; OSS accepts ${MAX_PARTS * MAX_UPLOAD_BYTES}`,
    );
  }
  if (!Number.isInteger(partSize) || partSize < MIN_PART_BYTES || partSize > MAX_UPLOAD_BYTES) {
    throw invalidRequest(
      'partSizeBytes',
      `is ${partSize}; OSS accepts parts of ${MIN_PART_BYTES} to ${MAX_UPLOAD_BYTES} bytes`,
    );
  }
  if (partSize < least) {
    throw invalidRequest(
      'partSizeBytes',
      `is ${partSize}: that makes more than ${MAX_PARTS} parts; it must be at least ${least}`,
    );
  }
  return { sizeBytes, partSize, partCount: Math.ceil(sizeBytes / partSize) };
}

export function partRange({ sizeBytes, partSize }: PartPlan, partNumber: number): PartRange {
  const start = (partNumber - 1) * partSize;
  return { partNumber, start, sizeBytes: Math.min(partSize, sizeBytes - start) };
}

/**
 * The request for an object of exactly that size: an object of another size then violates the ticket.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`
 */
export function withExactSize<Request extends UploadRequest>(
  request: Request,
  field: string,
  sizeBytes: number,
): Request {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw invalidRequest(field, `is ${sizeBytes}; write a whole number of bytes`);
  }
  const { minSizeBytes = 0, maxSizeBytes = Infinity } = request;
  if (!(sizeBytes >= minSizeBytes && sizeBytes <= maxSizeBytes)) {
    throw invalidRequest(field, `has ${sizeBytes} bytes, outside of minSizeBytes and maxSizeBytes`);
  }
  return { ...request, minSizeBytes: sizeBytes, maxSizeBytes: sizeBytes };
}
