import type { Resource } from './resource.js';

/** What a request says about who signed it. */
export interface SignatureClaim {
  accessKeyId: string;
  signature: string;
  securityToken: string | undefined;
  /** Version 4 only. */
  region?: string;
  /** The signature that this request would have on a resource, and what it was computed from. */
  sign(resource: Resource, accessKeySecret: string): ComputedSignature;
}

export interface ComputedSignature {
  signature: string;
  /** Elements of the error document: `StringToSign`, for version 4 also `CanonicalRequest`. */
  texts: Record<string, string>;
}

/** OSS accepts clocks that differ by this much. */
export const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;
