import { quoted } from '../common/log-text.js';
import { allowsContentType } from './media-range.js';
import { findForeignOption, type FoundOptions, type OptionTerms } from './option-terms.js';

/** What an app authorised: the part of a ticket that the ticket itself carries. */
export interface UploadTerms {
  /** UUIDv7. */
  uploadId: string;
  owner?: string;
  minSizeBytes: number;
  maxSizeBytes?: number;
  /** Types (`image/png`) and families (`image/*`), in lower case; empty if any type is allowed. */
  contentTypes: readonly string[];
  /** The object's options; `undefined` if they are unknown. */
  options: OptionTerms | undefined;
  /** Until when the upload may be reported. */
  acceptUntil: Date;
  /** Whether OSS enforces that `x-oss-meta-upload-id` is stored with the object. */
  uploadIdPinned: boolean;
}

/**
 * How an object violates the terms; `undefined` if it does not.
 * @param object its known properties
 */
export function findBrokenTerm(
  terms: UploadTerms,
  object: { size?: number; mimeType?: string; options?: FoundOptions },
): string | undefined {
  const { size, mimeType, options } = object;
  if (size !== undefined && size < terms.minSizeBytes) {
    return `the object has ${size} bytes; at least ${terms.minSizeBytes} are required`;
  }
  if (size !== undefined && terms.maxSizeBytes !== undefined && size > terms.maxSizeBytes) {
    return `the object has ${size} bytes; at most ${terms.maxSizeBytes} are allowed`;
  }
  if (mimeType !== undefined && !allowsContentType(terms.contentTypes, mimeType)) {
    return `the object's type is ${quoted(mimeType).text}; allowed are ${terms.contentTypes.join(', ')}`;
  }
  return terms.options && options && findForeignOption(terms.options, options);
}
