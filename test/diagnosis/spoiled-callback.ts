import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import {
  type DiagnosisLimits,
  diagnoseSignature,
  type SignatureDiagnosis,
} from '../../src/callback/diagnosis/signature-diagnosis.js';
import type { SignatureFailure } from '../../src/callback/diagnosis/signature-failure.js';
import { createTestKeyPair, signCallback } from '../../src/testing/index.js';

export const pair = createTestKeyPair();
export const publicKey: KeyObject = createPublicKey(pair.publicKey);

export const FORM =
  'bucket=photos&object=a%20b%2F%E6%96%87.png&size=5&x:user_id=7&imageInfo.width=';
export const JSON_BODY =
  '{"bucket":"photos","object":"a/文.png","size":5,"crc64":18446744073709551615}';

/** What OSS requested and signed. */
export interface Requested {
  url: string;
  body?: string;
}

/** What of it arrived, and what the app knows. */
export type Arrived = Partial<Omit<SignatureFailure, 'body' | 'publicKey' | 'otherKeys'>> & {
  body?: string | Buffer;
  /** OSS of 2015 sent no Content-MD5. */
  withoutMd5?: boolean;
  publicKey?: KeyObject;
  otherKeys?: SignatureFailure['otherKeys'];
};

/** A genuine signature over one request, and another request that arrived with it. */
export function spoil(requested: Requested, arrived: Arrived): SignatureFailure {
  const signedBody = Buffer.from(requested.body ?? FORM);
  const { withoutMd5, headers, body, ...rest } = arrived;
  const received = arrived.received ?? requested.url;
  const contentMd5 = createHash('md5').update(signedBody).digest('base64');
  return {
    checked: received,
    authorization: signCallback({
      url: requested.url,
      body: signedBody,
      privateKey: pair.privateKey,
    }),
    publicKey,
    otherKeys: new Map(),
    callbackUrls: [],
    ...rest,
    received,
    body: Buffer.from(body ?? signedBody),
    headers: { ...(withoutMd5 ? {} : { 'content-md5': contentMd5 }), ...headers },
  };
}

/** As an app has them, but for the time, of which a busy machine may need more. */
const LIMITS: DiagnosisLimits = { maxBodyBytes: 16_384, maxMs: 60_000 };

export function diagnose(
  requested: Requested,
  arrived: Arrived,
  limits: Partial<DiagnosisLimits> = {},
): SignatureDiagnosis {
  return diagnoseSignature(spoil(requested, arrived), { ...LIMITS, ...limits });
}
