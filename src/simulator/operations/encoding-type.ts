import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import { invalidArgument } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';

/** How a result document writes the names of objects. */
export interface NameEncoding {
  /** `EncodingType`, if the client asked for one. */
  elements: readonly (readonly [name: string, content: string])[];
  write: (name: string) => string;
}

/**
 * Reads `encoding-type`, which some SDKs send as a header with DeleteMultipleObjects, as it is documented. With `url`,
 * names are percent-encoded, because XML cannot hold most control characters.
 * @throws OssFailure if it is another one
 */
export function readEncodingType({ query, headers }: OssRequest): NameEncoding {
  const type = query['encoding-type'] ?? headers['encoding-type'];
  if (type === undefined || type === '') return { elements: [], write: (name) => name };
  if (type === 'url') return { elements: [['EncodingType', type]], write: percentEncode };
  throw invalidArgument('encoding-type', type);
}
