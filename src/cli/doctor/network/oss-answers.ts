import { quoted } from '../../../common/log-text.js';
import type { OssAnswer } from './ask-oss.js';

/** By OSS's error code. */
const FIXES: ReadonlyMap<string | undefined, string> = new Map([
  ['InvalidAccessKeyId', 'Correct OSS_ACCESS_KEY_ID: it does not exist or is disabled.'],
  [
    'SignatureDoesNotMatch',
    'Correct OSS_ACCESS_KEY_SECRET: it does not belong to OSS_ACCESS_KEY_ID.',
  ],
  ['NoSuchBucket', 'Correct the name of the bucket in OSS_BUCKET, or create the bucket.'],
  ['RequestTimeTooSkewed', "Set this machine's clock, preferably with NTP."],
  ['SecurityTokenExpired', 'Renew the temporary credentials: OSS_SECURITY_TOKEN expired.'],
  ['InvalidSecurityToken', 'Correct OSS_SECURITY_TOKEN: it does not belong to the access key.'],
  ['InvalidBucketName', 'Correct the name of the bucket in OSS_BUCKET.'],
  ['InvalidRegion', 'Correct OSS_REGION: the bucket is in another region.'],
]);

/** Status, error and request id of a response, with OSS's own message. */
export function describeAnswer({ status, error, headers }: OssAnswer): string {
  const ec = error?.ec ?? headers['x-oss-ec'];
  const request = headers['x-oss-request-id'];
  const facts = [ec && `EC ${ec}`, request && `request ${request}`].filter(Boolean).join(', ');
  const what = error ? `${status} ${error.code}: ${quoted(error.message).text}` : String(status);
  return facts === '' ? what : `${what} (${facts})`;
}

/** @param byDefault for error codes without a fix of their own */
export function fixFor({ error, status }: OssAnswer, byDefault: string): string {
  if (status >= 300 && status < 400) {
    return "Correct OSS_ENDPOINT: this one redirects. It has to be the endpoint of the bucket's region.";
  }
  return FIXES.get(error?.code) ?? byDefault;
}
