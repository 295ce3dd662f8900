import { createHash } from 'node:crypto';
import { isSignatureOf } from '../../protocol/callback/callback-signature-origin.js';
import { verifyCallbackSignature } from '../../protocol/callback/callback-signature.js';
import {
  bodyCause,
  type BodyChange,
  type BodyVariant,
  bodyVariants,
} from './signature-diagnosis-bodies.js';
import { findPathCause } from './signature-diagnosis-paths.js';
import { findQueryCause } from './signature-diagnosis-queries.js';
import { urlVariants } from './signature-diagnosis-urls.js';
import { splitTarget } from '../../protocol/callback/request-target.js';
import { type SignatureCause, type SignatureFailure } from './signature-failure.js';

/** How many variants of a request are checked against its signature. */
export const MAX_SIGNATURE_VARIANTS = 16;
/** Where Content-MD5 does not say whether the body changed, this many paths are tried before the bodies. */
const PATHS_BEFORE_BODIES = 8;
/** What one search may cost. */
export interface DiagnosisLimits {
  /** Larger bodies are not analysed. */
  maxBodyBytes: number;
  /** After this time no further variant is tried; time used by other programs does not count. */
  maxMs: number;
}

/** Whether Content-MD5, which OSS sends and does not sign, fits the body that arrived. */
export type BodyArrival = 'as-sent' | 'altered' | 'unknown';

export type SignatureDiagnosis = { variantsTried: number } & (
  | {
      /** OSS signed this other request, and what arrived differs from it by these causes. */
      found: 'request';
      url: string;
      body: Buffer;
      causes: SignatureCause[];
    }
  /** Another known key made the signature. */
  | { found: 'key'; key: string }
  /** Neither the key nor another known one made the signature. */
  | { found: 'no-key' }
  /** The key made the signature over a request that none of the variants is, as far as the limits let them be tried. */
  | { found: 'nothing'; bodyArrival: BodyArrival; limitedBy?: 'size' | 'time' }
);

interface Variant {
  url: string;
  body: Buffer;
  bodyChange?: BodyChange;
}

/**
 * Looks for the request that OSS signed among at most {@link MAX_SIGNATURE_VARIANTS} variants of the one that
 * arrived, to say what happened to it in transit. The result explains a refusal and is never a reason to accept.
 */
export function diagnoseSignature(
  failure: SignatureFailure,
  { maxBodyBytes, maxMs }: DiagnosisLimits,
): SignatureDiagnosis {
  const { authorization, publicKey } = failure;
  if (!isSignatureOf(publicKey, authorization)) return diagnoseKey(failure);
  let variantsTried = 0;
  const nothing = (limitedBy?: 'size' | 'time'): SignatureDiagnosis => ({
    found: 'nothing',
    bodyArrival: compareContentMd5(failure),
    limitedBy,
    variantsTried,
  });
  if (failure.body.byteLength > maxBodyBytes) return nothing('size');
  const elapsedMs = startWatch();
  for (const { url, body, bodyChange } of listVariants(failure).slice(0, MAX_SIGNATURE_VARIANTS)) {
    if (variantsTried > 0 && elapsedMs() >= maxMs) return nothing('time');
    variantsTried += 1;
    if (!verifyCallbackSignature({ url, body, authorization, publicKey })) continue;
    return {
      found: 'request',
      url,
      body,
      causes: causesOf(failure, url, bodyChange),
      variantsTried,
    };
  }
  return nothing();
}

/**
 * The lesser of elapsed time and CPU time, which leaves out other programs as well as other threads of this process.
 */
function startWatch(): () => number {
  const [startedAtMs, usage] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(usage);
    return Math.min(performance.now() - startedAtMs, (user + system) / 1_000);
  };
}

function diagnoseKey({ otherKeys, authorization }: SignatureFailure): SignatureDiagnosis {
  for (const [key, publicKey] of otherKeys) {
    if (isSignatureOf(publicKey, authorization)) return { found: 'key', key, variantsTried: 0 };
  }
  return { found: 'no-key', variantsTried: 0 };
}

function listVariants(failure: SignatureFailure): Variant[] {
  const { checked, body } = failure;
  const urls = urlVariants(failure);
  const withBody = (other: Buffer, bodyChange?: BodyChange) => (url: string) => ({
    url,
    body: other,
    bodyChange,
  });
  const paths = urls.map(withBody(body));
  if (compareContentMd5(failure) === 'as-sent') return paths;
  const bodies = bodyVariants(body);
  const fitting = bodies.find((variant) => isBodyOf(failure, variant));
  if (fitting) return [checked, ...urls].map(withBody(fitting.body, fitting.change));
  const others = bodies.map((variant) => withBody(variant.body, variant.change)(checked));
  if (contentMd5Of(failure) !== undefined) return [...others, ...paths];
  return [...paths.slice(0, PATHS_BEFORE_BODIES), ...others, ...paths.slice(PATHS_BEFORE_BODIES)];
}

function compareContentMd5(failure: SignatureFailure): BodyArrival {
  const expected = contentMd5Of(failure);
  if (expected === undefined) return 'unknown';
  return md5(failure.body) === expected ? 'as-sent' : 'altered';
}

function isBodyOf(failure: SignatureFailure, { body }: BodyVariant): boolean {
  return md5(body) === contentMd5Of(failure);
}

function contentMd5Of({ headers }: SignatureFailure): string | undefined {
  return [headers['content-md5'] ?? []].flat()[0];
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('base64');
}

function causesOf(
  { received, checked }: SignatureFailure,
  url: string,
  bodyChange: BodyChange | undefined,
): SignatureCause[] {
  const signed = splitTarget(url);
  return [
    findPathCause({
      received: splitTarget(received).path,
      checked: splitTarget(checked).path,
      signed: signed.path,
    }),
    findQueryCause(splitTarget(received).query, signed.query),
    bodyChange && bodyCause(bodyChange),
  ].filter((cause) => cause !== undefined);
}
