/** What an app authorised: the part of a ticket that the ticket itself carries. */
export interface UploadTerms {
  /** UUIDv7. */
  uploadId: string;
  owner?: string;
  minSizeBytes: number;
  maxSizeBytes?: number;
  /** Exact types (`image/png`) and patterns (`image/*`); empty where any type will do. */
  contentTypes: readonly string[];
  /** Until when the upload may be reported. */
  acceptUntil: Date;
  /** Whether the upload was made to store `x-oss-meta-upload-id` with the object. */
  uploadIdPinned: boolean;
}

/** What of an object can break the terms; `undefined` where it keeps them. */
export function findBrokenTerm(
  terms: UploadTerms,
  object: { size: number; mimeType: string },
): string | undefined {
  if (object.size < terms.minSizeBytes) {
    return `the object has ${object.size} bytes, allowed are at least ${terms.minSizeBytes}`;
  }
  if (terms.maxSizeBytes !== undefined && object.size > terms.maxSizeBytes) {
    return `the object has ${object.size} bytes, allowed are at most ${terms.maxSizeBytes}`;
  }
  if (!allowsContentType(terms.contentTypes, object.mimeType)) {
    return `the object's type is ${JSON.stringify(object.mimeType)}, allowed are ${terms.contentTypes.join(', ')}`;
  }
  return undefined;
}

/** Parameters such as `; charset=utf-8` do not count; case neither. */
export function allowsContentType(contentTypes: readonly string[], type: string): boolean {
  if (contentTypes.length === 0 || contentTypes.includes(type)) return true;
  const [essence = ''] = type.toLowerCase().split(';');
  const plain = essence.trim();
  return contentTypes.some((allowed) =>
    allowed.endsWith('/*') ? plain.startsWith(allowed.slice(0, -1)) : plain === allowed,
  );
}
