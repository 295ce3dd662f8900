import { createHmac, timingSafeEqual } from 'node:crypto';
import { lengthPrefixedPieces } from '../../ticket/length-prefix.js';
import { invalidRequest } from './invalid-request.js';

const DOMAIN = 'nestjs-oss-callback/multipart-handle/v1';
/** An object's name has at most 1,023 bytes, which stay below this when escaped in JSON and encoded. */
const MAX_HANDLE_LENGTH = 12_000;

/** What a handle contains: everything that signing further parts needs. */
export interface MultipartHandle {
  uploadId: string;
  ossUploadId: string;
  /** OSS's name of the bucket. */
  bucket: string;
  object: string;
  sizeBytes: number;
  partSize: number;
  expiresAt: Date;
}

/** The secrets of the tickets, of which the first seals and all open, and their audience. */
export interface HandleKeys {
  secrets: readonly string[];
  audience: readonly string[];
}

/** A string of letters, digits, `-`, `_` and one dot. Clients can read it, but not alter it. */
export function sealHandle(handle: MultipartHandle, { secrets, audience }: HandleKeys): string {
  const { uploadId, ossUploadId, bucket, object, sizeBytes, partSize, expiresAt } = handle;
  const content = Buffer.from(
    JSON.stringify([uploadId, ossUploadId, bucket, object, sizeBytes, partSize, +expiresAt]),
  ).toString('base64url');
  return `${content}.${mac(secrets[0]!, content, audience).toString('base64url')}`;
}

/**
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST` for texts that this app did not seal, and for expired uploads
 */
export function openHandle(
  text: string,
  { secrets, audience }: HandleKeys,
  now: Date,
): MultipartHandle {
  const [, content = '', seal = ''] =
    text.length <= MAX_HANDLE_LENGTH ? (/^([\w-]+)\.([\w-]{43})$/.exec(text) ?? []) : [];
  const given = Buffer.from(seal, 'base64url');
  const isOurs =
    given.toString('base64url') === seal &&
    secrets.some((secret) => {
      const expected = mac(secret, content, audience);
      return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
    });
  if (!isOurs) throw invalidRequest('handle', 'was not issued by this app');
  const [uploadId, ossUploadId, bucket, object, sizeBytes, partSize, expires] = JSON.parse(
    Buffer.from(content, 'base64url').toString('utf8'),
  ) as [string, string, string, string, number, number, number];
  const expiresAt = new Date(expires);
  if (expiresAt <= now) {
    throw invalidRequest(
      'handle',
      `belongs to an upload that expired at ${expiresAt.toISOString()}`,
    );
  }
  return { uploadId, ossUploadId, bucket, object, sizeBytes, partSize, expiresAt };
}

function mac(secret: string, content: string, audience: readonly string[]): Buffer {
  const texts = [DOMAIN, content, String(audience.length), ...audience];
  return createHmac('sha256', secret).update(lengthPrefixedPieces(texts)).digest();
}
