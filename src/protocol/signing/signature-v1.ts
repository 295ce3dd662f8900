import { createHmac } from 'node:crypto';
import type { SignedRequest, SigningCredentials } from './signature-v4.js';
import { isSignedByV1 } from './sub-resources.js';

/**
 * Presigns a request: the signature is part of its query, and a third party sends it.
 * @returns the complete query
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-1
 */
export function presignRequestV1(
  request: SignedRequest,
  { credentials, expiresAt }: { credentials: SigningCredentials; expiresAt: Date },
): Record<string, string> {
  const expires = String(Math.floor(expiresAt.getTime() / 1000));
  const query: Record<string, string> = { ...request.query };
  if (credentials.securityToken) query['security-token'] = credentials.securityToken;
  const text = stringToSignV1({ ...request, query }, expires);
  return {
    ...query,
    OSSAccessKeyId: credentials.accessKeyId,
    Expires: expires,
    Signature: signatureV1(text, credentials.accessKeySecret),
  };
}

/** Signs a form's policy. */
export function signPolicyV1(
  policyBase64: string,
  credentials: SigningCredentials,
): { OSSAccessKeyId: string; Signature: string } {
  return {
    OSSAccessKeyId: credentials.accessKeyId,
    Signature: signatureV1(policyBase64, credentials.accessKeySecret),
  };
}

/** @param date the date header as sent, or the `Expires` of a query */
export function stringToSignV1(request: SignedRequest, date: string): string {
  const headers = new Map(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]),
  );
  const ossHeaders = [...headers]
    .filter(([name]) => name.startsWith('x-oss-'))
    .toSorted(byName)
    .map(([name, value]) => `${name}:${value}\n`);
  return [
    request.method.toUpperCase(),
    headers.get('content-md5') ?? '',
    headers.get('content-type') ?? '',
    date,
    `${ossHeaders.join('')}${canonicalResource(request)}`,
  ].join('\n');
}

/** HMAC-SHA1 in base64. */
export function signatureV1(text: string | Uint8Array, accessKeySecret: string): string {
  return createHmac('sha1', accessKeySecret).update(text).digest('base64');
}

function canonicalResource({ bucket, object = '', query }: SignedRequest): string {
  const path = bucket === undefined ? `/${object}` : `/${bucket}/${object}`;
  const subResources = Object.entries(query)
    .filter(([name]) => isSignedByV1(name))
    .toSorted(byName)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return subResources.length > 0 ? `${path}?${subResources.join('&')}` : path;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
