import type { SignedRequest } from '../../protocol/signing/signature-v4.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import { xmlTime } from '../server/xml.js';

/** The signature in a request, not verified yet. */
export interface SignatureClaim {
  accessKeyId: string;
  signature: string;
  securityToken: string | undefined;
  /** Version 4 only. */
  region?: string;
  /** Computes the signature that the request would have for a resource. */
  sign(
    resource: SignedResource,
    accessKeySecret: string,
    variant?: SigningVariant,
  ): ComputedSignature;
}

/** A resource as clients sign it. */
export type SignedResource = Pick<SignedRequest, 'bucket' | 'object'>;

/** Changes to the request, to find out which request was signed. */
export interface SigningVariant {
  withoutHeaders?: readonly string[];
  withoutQuery?: readonly string[];
  method?: string;
  contentType?: string;
}

export function signedParts(
  { method, query, headers }: Pick<OssRequest, 'method' | 'query' | 'headers'>,
  variant: SigningVariant = {},
): Pick<OssRequest, 'method' | 'query' | 'headers'> {
  const without = (all: Readonly<Record<string, string>>, names: readonly string[] = []) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
  const { withoutHeaders, withoutQuery, contentType } = variant;
  return {
    method: variant.method ?? method,
    query: without(query, withoutQuery),
    headers: {
      ...without(headers, withoutHeaders),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
  };
}

export interface ComputedSignature {
  signature: string;
  /** Elements of the error document: `StringToSign`, for version 4 also `CanonicalRequest`. */
  texts: Record<string, string>;
}

/** Maximum difference between the clocks of client and OSS. */
export const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

/** Names both times, so that clients can correct their clock. @param ec default: that of signatures in headers */
export function timeTooSkewed(signedAt: Date, receivedAt: Date, ec?: string): OssFailure {
  return new OssFailure('RequestTimeTooSkewed', {
    details: {
      MaxAllowedSkewMilliseconds: String(MAX_CLOCK_SKEW_MS),
      RequestTime: xmlTime(signedAt),
      ServerTime: xmlTime(receivedAt),
    },
    ec,
  });
}
