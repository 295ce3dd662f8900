import type { Resource } from '../server/resource.js';
import type { ComputedSignature, SignatureClaim, SigningVariant } from './signature-claim.js';

/** What a client signed instead of what it sent. */
export interface SignatureGuess extends ComputedSignature {
  /** For example `without the header content-type`. */
  difference: string;
}

/** A request with more headers and query parameters is not one that a client got slightly wrong. */
const MAX_NAMES = 64;

/**
 * Finds out what the client signed instead of what it sent, by trying common mistakes. If one of them gives the client's
 * signature, both strings to sign are known.
 */
export function guessSigned(
  claim: SignatureClaim,
  resource: Resource,
  accessKeySecret: string,
  { headers, query, method }: { headers: object; query: object; method: string },
): SignatureGuess | undefined {
  const signed = Object.keys(headers).filter(
    (name) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5',
  );
  if (signed.length + Object.keys(query).length > MAX_NAMES) return undefined;
  const variants: [string, SigningVariant, Partial<Resource>?][] = [
    ...signed.map((name): [string, SigningVariant] => [
      `without the header ${name}`,
      { withoutHeaders: [name] },
    ]),
    [
      'without any header but the date',
      { withoutHeaders: signed.filter((name) => name !== 'x-oss-date') },
    ],
    ...Object.keys(query).map((name): [string, SigningVariant] => [
      `without ${name} in the query`,
      { withoutQuery: [name] },
    ]),
    ...['GET', 'PUT', 'POST', 'HEAD', 'DELETE']
      .filter((other) => other !== method)
      .map((other): [string, SigningVariant] => [
        `for ${other} in place of ${method}`,
        { method: other },
      ]),
    [
      'for an object whose name is percent-encoded',
      {},
      { object: encodeURIComponent(resource.object) },
    ],
    ['for an object whose name begins with a slash', {}, { object: `/${resource.object}` }],
    ['for the bucket alone', {}, { object: '' }],
    ['for the content type application/octet-stream', { contentType: 'application/octet-stream' }],
    [
      'for the content type application/x-www-form-urlencoded',
      { contentType: 'application/x-www-form-urlencoded' },
    ],
  ];
  for (const [difference, variant, other] of variants) {
    const computed = claim.sign({ ...resource, ...other }, accessKeySecret, variant);
    if (computed.signature === claim.signature) return { difference, ...computed };
  }
  return undefined;
}
