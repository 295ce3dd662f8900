import { createHash, createHmac } from 'node:crypto';
import { encodeObjectPath, percentEncode } from './percent-encoding.js';

export interface SigningCredentials {
  /** Id of the access key. */
  accessKeyId: string;
  /** Secret of the access key. */
  accessKeySecret: string;
  /** Token of temporary credentials (STS). Absent: they are permanent. */
  securityToken?: string;
}

/** The parts of a request that are signed. */
export interface SignedRequest {
  method: string;
  bucket?: string;
  /** The object key, not encoded. */
  object?: string;
  /** Names and values not encoded; an empty value is written without "=". */
  query: Readonly<Record<string, string>>;
  /** Header names in any case. */
  headers: Readonly<Record<string, string>>;
}

export interface V4Scope {
  credentials: SigningCredentials;
  /** Without the prefix `oss-`, for example `cn-hangzhou`. */
  region: string;
  signedAt: Date;
}

export const V4_ALGORITHM = 'OSS4-HMAC-SHA256';
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * Signs a request in its headers.
 * @returns the headers to add to those of the request
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-4-recommend
 */
export function signRequestV4(
  request: SignedRequest,
  scope: V4Scope & { additionalHeaders?: readonly string[] },
): Record<string, string> {
  const { credentials, region, signedAt } = scope;
  const added: Record<string, string> = {
    'x-oss-date': v4Date(signedAt),
    'x-oss-content-sha256': UNSIGNED_PAYLOAD,
  };
  if (credentials.securityToken) added['x-oss-security-token'] = credentials.securityToken;
  const signed = { ...request, headers: { ...lowerCaseNames(request.headers), ...added } };
  const additional = additionalHeadersV4(signed.headers, scope.additionalHeaders);
  const text = stringToSignV4(canonicalRequestV4(signed, additional), v4Date(signedAt), region);
  const parts = [`Credential=${v4Credential(scope)}`];
  if (additional.length > 0) parts.push(`AdditionalHeaders=${additional.join(';')}`);
  parts.push(`Signature=${signatureV4(text, scope)}`);
  return { ...added, authorization: `${V4_ALGORITHM} ${parts.join(',')}` };
}

/**
 * Presigns a request: the signature is part of its query. It has to be sent with the same headers: `content-type`,
 * `content-md5`, every `x-oss-*` header and those named in `additionalHeaders` are signed.
 * @returns the complete query
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-4-recommend
 */
export function presignRequestV4(
  request: SignedRequest,
  scope: V4Scope & { expiresInSeconds: number; additionalHeaders?: readonly string[] },
): Record<string, string> {
  const { credentials, region, signedAt } = scope;
  const additional = additionalHeadersV4(request.headers, scope.additionalHeaders);
  const query: Record<string, string> = {
    ...request.query,
    'x-oss-signature-version': V4_ALGORITHM,
    'x-oss-credential': v4Credential(scope),
    'x-oss-date': v4Date(signedAt),
    'x-oss-expires': String(scope.expiresInSeconds),
  };
  if (additional.length > 0) query['x-oss-additional-headers'] = additional.join(';');
  if (credentials.securityToken) query['x-oss-security-token'] = credentials.securityToken;
  const canonical = canonicalRequestV4({ ...request, query }, additional);
  const text = stringToSignV4(canonical, v4Date(signedAt), region);
  return { ...query, 'x-oss-signature': signatureV4(text, scope) };
}

/** The form fields of a V4 signature that the policy has to name. */
export function policyFieldsV4(scope: V4Scope) {
  return {
    'x-oss-signature-version': V4_ALGORITHM,
    'x-oss-credential': v4Credential(scope),
    'x-oss-date': v4Date(scope.signedAt),
  };
}

/**
 * Signs a form's policy.
 * @returns the form fields to send beside `policy`
 */
export function signPolicyV4(policyBase64: string, scope: V4Scope) {
  return { ...policyFieldsV4(scope), 'x-oss-signature': signatureV4(policyBase64, scope) };
}

/** The value of `x-oss-credential`: access key, date and region. */
export function v4Credential({ credentials, region, signedAt }: V4Scope): string {
  return `${credentials.accessKeyId}/${scopeText(v4Date(signedAt), region)}`;
}

/** The last second that was written: one signature needs its date four times, and thousands share it. */
let lastDate = { second: NaN, text: '' };

/** A time as V4 writes it: `20231216T162057Z`. */
export function v4Date(date: Date): string {
  const second = Math.floor(date.getTime() / 1_000);
  if (second !== lastDate.second) {
    lastDate = { second, text: date.toISOString().replace(/[-:]|\.\d{3}/g, '') };
  }
  return lastDate.text;
}

/**
 * The canonical form of a request, which is hashed.
 * @param additionalHeaders names of additional signed headers, lower-case and sorted
 */
export function canonicalRequestV4(
  request: SignedRequest,
  additionalHeaders: readonly string[] = [],
): string {
  const headers = lowerCaseNames(request.headers);
  const additional = new Set(additionalHeaders);
  const signedNames = Object.keys(headers)
    .filter((name) => isAlwaysSigned(name) || additional.has(name))
    .toSorted();
  return [
    request.method.toUpperCase(),
    canonicalPath(request),
    canonicalQuery(request.query),
    signedNames.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join(''),
    additionalHeaders.join(';'),
    headers['x-oss-content-sha256'] ?? UNSIGNED_PAYLOAD,
  ].join('\n');
}

/**
 * @param date as it is sent: `v4Date` writes it, but Go's SDK and ossutil send the header `Date` in its usual form
 * @param day of the credential, where the date does not begin with it
 */
export function stringToSignV4(
  canonicalRequest: string | Uint8Array,
  date: string,
  region: string,
  day = date,
): string {
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  return [V4_ALGORITHM, date, scopeText(day, region), hash].join('\n');
}

/** An app signs with few secrets, and a key, which takes four hashes, holds for a day. */
const signingKeys = new Map<string, Buffer>();
const MAX_SIGNING_KEYS = 32;

/** @param date a day (`20231216`) or a time that begins with it */
export function signingKeyV4(accessKeySecret: string, date: string, region: string): Buffer {
  const day = date.slice(0, 8);
  const name = `${day}/${region}/${accessKeySecret}`;
  const known = signingKeys.get(name);
  if (known) return known;
  const dayKey = hmac(`aliyun_v4${accessKeySecret}`, day);
  const key = hmac(hmac(hmac(dayKey, region), 'oss'), 'aliyun_v4_request');
  if (signingKeys.size === MAX_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

/** The given headers that the request has and that are not signed anyway, lower-case and sorted. */
function additionalHeadersV4(
  headers: Readonly<Record<string, string>>,
  names: readonly string[] = [],
): string[] {
  if (names.length === 0) return [];
  const present = lowerCaseNames(headers);
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return [...wanted]
    .filter((name) => Object.hasOwn(present, name) && !isAlwaysSigned(name))
    .toSorted();
}

function signatureV4(text: string, { credentials, region, signedAt }: V4Scope): string {
  const key = signingKeyV4(credentials.accessKeySecret, v4Date(signedAt), region);
  return hmac(key, text).toString('hex');
}

function canonicalPath({ bucket, object = '' }: SignedRequest): string {
  return bucket === undefined
    ? `/${encodeObjectPath(object)}`
    : `/${percentEncode(bucket)}/${encodeObjectPath(object)}`;
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .filter(([name]) => name !== 'x-oss-signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
}

function isAlwaysSigned(name: string): boolean {
  return name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-');
}

export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function scopeText(date: string, region: string): string {
  return `${date.slice(0, 8)}/${region}/oss/aliyun_v4_request`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
