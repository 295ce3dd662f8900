import { signatureV1, stringToSignV1 } from '../../protocol/signing/signature-v1.js';
import { invalidArgument, OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import { bytesOfText } from '../server/raw-text.js';
import {
  MAX_CLOCK_SKEW_MS,
  type SignatureClaim,
  signedParts,
  timeTooSkewed,
} from './signature-claim.js';

/**
 * Reads a V1 signature from the headers or the query.
 * @returns `undefined` if there is none
 * @throws OssFailure if it is incomplete or expired
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-1
 */
export function v1Claim(request: OssRequest): SignatureClaim | undefined {
  return headerClaim(request) ?? queryClaim(request);
}

function headerClaim(request: OssRequest): SignatureClaim | undefined {
  const { headers } = request;
  if (headers.authorization === undefined) return undefined;
  const match = /^OSS ([^:\s]+):([A-Za-z0-9+/=]+)$/.exec(headers.authorization);
  const [, accessKeyId, signature] = match ?? [];
  if (accessKeyId === undefined || signature === undefined) {
    throw invalidArgument(
      'Authorization',
      headers.authorization,
      'Authorization header is invalid.',
    );
  }
  const date = headers['x-oss-date'] ?? headers.date ?? '';
  const sentAtMs = Date.parse(date);
  if (Number.isNaN(sentAtMs)) {
    throw new OssFailure('AccessDenied', {
      message: 'OSS authentication requires a valid Date.',
    });
  }
  if (Math.abs(sentAtMs - request.receivedAt.getTime()) > MAX_CLOCK_SKEW_MS) {
    throw timeTooSkewed(new Date(sentAtMs), request.receivedAt);
  }
  return claim(request, date, accessKeyId, signature, headers['x-oss-security-token']);
}

function queryClaim(request: OssRequest): SignatureClaim | undefined {
  const { OSSAccessKeyId, Expires, Signature } = request.query;
  if (OSSAccessKeyId === undefined && Signature === undefined) return undefined;
  if (!OSSAccessKeyId || !Signature || !Expires || !/^\d{1,12}$/.test(Expires)) {
    throw new OssFailure('AccessDenied', {
      message:
        'Query string authentication requires the Signature, Expires and OSSAccessKeyId parameters.',
    });
  }
  if (Number(Expires) * 1000 <= request.receivedAt.getTime()) {
    throw new OssFailure('AccessDenied', { message: 'Request has expired.' });
  }
  const token = request.query['security-token'];
  return claim(request, Expires, OSSAccessKeyId, Signature, token);
}

function claim(
  request: OssRequest,
  date: string,
  accessKeyId: string,
  signature: string,
  securityToken: string | undefined,
): SignatureClaim {
  return {
    accessKeyId,
    signature,
    securityToken,
    sign(resource, accessKeySecret, variant) {
      const text = stringToSignV1({ ...signedParts(request, variant), ...resource }, date);
      const signature = signatureV1(bytesOfText(text), accessKeySecret);
      return { signature, texts: { StringToSign: text } };
    },
  };
}
