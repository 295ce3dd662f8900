import { quoted } from '../../../common/log-text.js';
import type { OssAnswer } from './ask-oss.js';

/** What to mend, by OSS's error code. */
const CURES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'Correct OSS_ACCESS_KEY_ID: OSS does not know it, or it is disabled.',
  SignatureDoesNotMatch: 'Correct OSS_ACCESS_KEY_SECRET: it does not belong to OSS_ACCESS_KEY_ID.',
  NoSuchBucket: 'Correct the name of the bucket in OSS_BUCKET, or create it.',
  RequestTimeTooSkewed: "Set this machine's clock, best by NTP.",
  SecurityTokenExpired: 'Renew the temporary credentials: OSS_SECURITY_TOKEN expired.',
  InvalidSecurityToken: 'Correct OSS_SECURITY_TOKEN: it does not belong to the access key.',
  InvalidBucketName: 'Correct the name of the bucket in OSS_BUCKET.',
  InvalidRegion: 'Correct OSS_REGION: the bucket is in another region.',
};

/** What OSS said, in one clause; the message is OSS's own. */
export function describeAnswer({ status, error, headers }: OssAnswer): string {
  const ec = error?.ec ?? headers.get('x-oss-ec');
  const request = headers.get('x-oss-request-id');
  const facts = [ec && `EC ${ec}`, request && `request ${request}`].filter(Boolean).join(', ');
  const what = error ? `${status} ${error.code}: ${quoted(error.message)}` : String(status);
  return facts === '' ? what : `${what} (${facts})`;
}

/** @param byDefault for codes that have no cure of their own */
export function cureOf({ error, status }: OssAnswer, byDefault: string): string {
  if (status >= 300 && status < 400) {
    return "Correct OSS_ENDPOINT: this one leads elsewhere. It is the one of the bucket's region.";
  }
  return CURES[error?.code ?? ''] ?? byDefault;
}
