import { createHmac } from 'node:crypto';
import {
  canonicalRequestV4,
  signingKeyV4,
  stringToSignV4,
  V4_ALGORITHM,
  v4Date,
} from '../../protocol/signing/signature-v4.js';
import { invalidArgument, OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import { bytesOfText } from '../server/raw-text.js';
import {
  MAX_CLOCK_SKEW_MS,
  type SignatureClaim,
  signedParts,
  timeTooSkewed,
} from './signature-claim.js';

/** Presigned URLs and signatures of forms are valid for seven days at most. */
export const MAX_V4_AGE_MS = 7 * 24 * 3600 * 1000;

/**
 * Reads a V4 signature from the headers or the query.
 * @returns `undefined` if there is none
 * @throws OssFailure if it is incomplete or expired
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-4-recommend
 */
export function v4Claim(request: OssRequest): SignatureClaim | undefined {
  return headerClaim(request) ?? queryClaim(request);
}

function headerClaim(request: OssRequest): SignatureClaim | undefined {
  const { headers } = request;
  const [scheme, parameters] = (headers.authorization ?? '').split(/ (.*)/s);
  if (scheme !== V4_ALGORITHM) return undefined;
  const parts = Object.fromEntries(
    (parameters ?? '').split(',').map((part) => {
      const [name = '', value = ''] = part.trim().split(/=(.*)/s);
      return [name.toLowerCase(), value] as const;
    }),
  );
  const ossDate = headers['x-oss-date'];
  const date = ossDate ?? headers.date ?? '';
  const signedAt = ossDate === undefined ? parseHttpDate(date) : parseV4Date(ossDate);
  if (!parts.credential || !parts.signature || signedAt === undefined) {
    throw invalid('Authorization', headers.authorization ?? '');
  }
  if (Math.abs(signedAt.getTime() - request.receivedAt.getTime()) > MAX_CLOCK_SKEW_MS) {
    throw timeTooSkewed(signedAt, request.receivedAt);
  }
  return claim(request, {
    date,
    signedAt,
    credential: parts.credential,
    signature: parts.signature,
    additionalHeaders: parts.additionalheaders,
    securityToken: headers['x-oss-security-token'],
  });
}

function queryClaim(request: OssRequest): SignatureClaim | undefined {
  const { query } = request;
  if (query['x-oss-signature-version'] !== V4_ALGORITHM) return undefined;
  const credential = query['x-oss-credential'];
  const signature = query['x-oss-signature'];
  const date = query['x-oss-date'] ?? '';
  const signedAt = parseV4Date(date);
  const expiresInMs = Number(query['x-oss-expires'] ?? Number.NaN) * 1000;
  if (!credential || !signature || signedAt === undefined) {
    throw invalid('x-oss-signature', signature ?? '');
  }
  if (!(expiresInMs > 0 && expiresInMs <= MAX_V4_AGE_MS)) {
    throw invalid('x-oss-expires', query['x-oss-expires'] ?? '');
  }
  const ageMs = request.receivedAt.getTime() - signedAt.getTime();
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    throw timeTooSkewed(signedAt, request.receivedAt, '0002-00000235');
  }
  if (ageMs >= expiresInMs) {
    throw new OssFailure('AccessDenied', { message: 'Request has expired.' });
  }
  return claim(request, {
    date,
    signedAt,
    credential,
    signature,
    additionalHeaders: query['x-oss-additional-headers'],
    securityToken: query['x-oss-security-token'],
  });
}

interface V4Parts {
  /** As it was sent. */
  date: string;
  signedAt: Date;
  credential: string;
  signature: string;
  additionalHeaders: string | undefined;
  securityToken: string | undefined;
}

function claim(request: OssRequest, parts: V4Parts): SignatureClaim {
  const credential = parseV4Credential(parts.credential);
  if (!credential || credential.day !== v4Date(parts.signedAt).slice(0, 8)) {
    throw invalid('x-oss-credential', parts.credential);
  }
  if (credential.product !== 'oss') {
    throw new OssFailure('InvalidArgument', {
      message: 'Invalid signing product in Authorization header.',
      ec: '0002-00000227',
    });
  }
  const { accessKeyId, day, region } = credential;
  const additional = (parts.additionalHeaders ?? '').split(';').filter((name) => name !== '');
  const missing = additional.find((name) => request.headers[name.toLowerCase()] === undefined);
  if (missing !== undefined) {
    throw invalidArgument(
      'AdditionalHeaders',
      missing,
      `The header ${missing} is to be signed, but the request does not have it.`,
    );
  }
  return {
    accessKeyId,
    region,
    signature: parts.signature,
    securityToken: parts.securityToken,
    sign(resource, accessKeySecret, variant) {
      const signed = { ...signedParts(request, variant), ...resource };
      const canonical = canonicalRequestV4(signed, additional);
      const text = stringToSignV4(bytesOfText(canonical), parts.date, region, day);
      return {
        signature: hmacV4(text, accessKeySecret, day, region),
        texts: { StringToSign: text, CanonicalRequest: canonical },
      };
    },
  };
}

/** `<access key id>/<day>/<region>/<product>/aliyun_v4_request`; the product is `oss`, the region may be empty */
export function parseV4Credential(
  credential: string,
): { accessKeyId: string; day: string; region: string; product: string } | undefined {
  const match = /^([^/]+)\/(\d{8})\/([^/]*)\/([^/]+)\/aliyun_v4_request$/.exec(credential);
  const [, accessKeyId, day, region, product] = match ?? [];
  return accessKeyId && day && region !== undefined && product
    ? { accessKeyId, day, region, product }
    : undefined;
}

export function parseV4Date(date: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const parsed = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

/** A time in the form of the header `Date`: `Sun, 06 Nov 1994 08:49:37 GMT`. */
function parseHttpDate(date: string): Date | undefined {
  const parsed = new Date(date);
  return date.endsWith(' GMT') && !Number.isNaN(parsed.getTime()) ? parsed : undefined;
}

export function hmacV4(
  text: string,
  accessKeySecret: string,
  date: string,
  region: string,
): string {
  const key = signingKeyV4(accessKeySecret, date, region);
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

function invalid(name: string, value: string): OssFailure {
  return invalidArgument(name, value, `${name} is missing or invalid.`);
}
