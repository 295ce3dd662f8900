import { SERVER_SIDE_ENCRYPTIONS } from '../../../protocol/object-options.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { StoredObject } from '../../storage/stored-object.js';

const ALGORITHM_HEADER = 'x-oss-server-side-encryption';
const KEY_HEADER = 'x-oss-server-side-encryption-key-id';

export const ENCRYPTION_HEADERS: readonly string[] = [
  ALGORITHM_HEADER,
  'x-oss-server-side-data-encryption',
  KEY_HEADER,
];

const ALGORITHMS: ReadonlySet<string> = new Set(SERVER_SIDE_ENCRYPTIONS);

/** The account's key in KMS that encrypts objects whose upload names none. */
const DEFAULT_KEY_ID = '00000000-0000-4000-8000-000000000001';

/**
 * The headers of an object with the key that it is encrypted with.
 * @throws OssFailure if there is no such encryption
 */
export function withEncryptionKey(headers: Record<string, string>): Record<string, string> {
  const algorithm = headers[ALGORITHM_HEADER];
  if (algorithm === undefined) return headers;
  if (!ALGORITHMS.has(algorithm)) throw new OssFailure('InvalidEncryptionAlgorithmError');
  return algorithm === 'KMS' ? { [KEY_HEADER]: DEFAULT_KEY_ID, ...headers } : headers;
}

/** The headers of a response to an upload that say how the object is encrypted. */
export function encryptionHeaders({
  headers,
}: Pick<StoredObject, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    ENCRYPTION_HEADERS.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    ),
  );
}
