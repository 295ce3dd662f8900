import { OssFailure } from '../../server/oss-failure.js';
import type { MultipartUpload, UploadedPart } from '../../storage/multipart/multipart-upload.js';

/** In the metadata of objects that an SDK has encrypted before it uploads them in parts. */
const PREFIX = 'client-side-encryption-';

/**
 * Readers decrypt such an object in parts, so OSS requires the sizes that the upload declared when it began.
 * @throws OssFailure `InvalidEncryptionRequest` if an upload that has a key has no sizes
 */
export function requireSizes(metadata: Readonly<Record<string, string>>): void {
  const isEncrypted = metadata[`${PREFIX}key`] !== undefined;
  if (!isEncrypted || sizesOf(metadata)) return;
  throw new OssFailure('InvalidEncryptionRequest');
}

/**
 * OSS does not check the size of the last part.
 * @throws OssFailure `InvalidEncryptionRequest` if the parts are not as the upload declared
 */
export function requireDeclaredParts(
  { metadata }: MultipartUpload,
  parts: readonly UploadedPart[],
): void {
  const sizes = sizesOf(metadata);
  if (!sizes) return;
  const { dataBytes, partBytes } = sizes;
  const isWhole = parts.slice(0, -1).every(({ received }) => received.sizeBytes === partBytes);
  if (isWhole && parts.length === Math.ceil(dataBytes / partBytes)) return;
  throw new OssFailure('InvalidEncryptionRequest', {
    message: 'The client encryption part list is unexpected with init_multipart setted.', // OSS's own spelling
  });
}

/** What SDKs that encrypt objects themselves keep in the metadata. */
export function clientEncryption({
  metadata,
}: Pick<MultipartUpload, 'metadata'>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name.startsWith(PREFIX)));
}

/** The elements of ListParts that say how the parts are encrypted. */
const ELEMENTS = {
  ClientEncryptionKey: 'key',
  ClientEncryptionStart: 'start',
  ClientEncryptionCekAlg: 'cek-alg',
  ClientEncryptionWrapAlg: 'wrap-alg',
  ClientEncryptionDataSize: 'data-size',
  ClientEncryptionPartSize: 'part-size',
};

export function encryptionElements({ metadata }: MultipartUpload): (readonly [string, string])[] {
  return Object.entries(ELEMENTS).flatMap(([element, name]) => {
    const value = metadata[PREFIX + name];
    return value === undefined ? [] : [[element, value] as const];
  });
}

function sizesOf(
  metadata: Readonly<Record<string, string>>,
): { dataBytes: number; partBytes: number } | undefined {
  const dataBytes = Number(metadata[`${PREFIX}data-size`] ?? Number.NaN);
  const partBytes = Number(metadata[`${PREFIX}part-size`] ?? Number.NaN);
  return dataBytes > 0 && partBytes > 0 ? { dataBytes, partBytes } : undefined;
}
