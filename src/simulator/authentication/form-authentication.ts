import { signatureV1 } from '../../protocol/signing/signature-v1.js';
import { V4_ALGORITHM } from '../../protocol/signing/signature-v4.js';
import type { SimulatorCredentials } from '../options.js';
import { invalidArgument, OssFailure } from '../server/oss-failure.js';
import type { SimulatorState } from '../state.js';
import { findCaller, isWrongRegion } from './authentication.js';
import { MAX_CLOCK_SKEW_MS, timeTooSkewed } from './signature-claim.js';
import { signatureFailure } from './signature-failure.js';
import { hmacV4, MAX_V4_AGE_MS, parseV4Credential, parseV4Date } from './signature-v4.js';

/**
 * Verifies the signature of a form's policy. The policy is evaluated later, when the size of the file is known.
 * @returns `undefined` if the form has no signature
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/developer-reference/postobject
 */
export function authenticateForm(
  state: SimulatorState,
  fields: ReadonlyMap<string, string>,
  bucket: string,
  receivedAt: Date,
): SimulatorCredentials | undefined {
  if (fields.has('x-oss-signature-version') || fields.has('x-oss-signature')) {
    return authenticateV4(state, fields, bucket, receivedAt);
  }
  const names = { ossaccesskeyid: 'OSSAccessKeyId', signature: 'Signature', policy: 'policy' };
  const given = Object.keys(names).filter((name) => fields.has(name));
  if (given.length === 0) {
    return undefined;
  }
  const [accessKeyId, signature, policy] = Object.entries(names).map(([name, shown]) =>
    required(fields, name, shown),
  ) as [string, string, string];
  const caller = findCaller(state, accessKeyId, fields.get('x-oss-security-token'), receivedAt);
  if (signatureV1(policy, caller.accessKeySecret) !== signature) {
    throw signatureFailure(
      { accessKeyId, signature },
      { signature: '', texts: { StringToSign: policy } },
    );
  }
  return caller;
}

function authenticateV4(
  state: SimulatorState,
  fields: ReadonlyMap<string, string>,
  bucket: string,
  receivedAt: Date,
): SimulatorCredentials {
  const version = required(fields, 'x-oss-signature-version');
  const credentialText = required(fields, 'x-oss-credential');
  const date = required(fields, 'x-oss-date');
  const signature = required(fields, 'x-oss-signature');
  const policy = required(fields, 'policy');
  const credential = parseV4Credential(credentialText);
  const signedAt = parseV4Date(date);
  if (version !== V4_ALGORITHM) throw invalidArgument('x-oss-signature-version', version);
  if (credential?.product !== 'oss') throw invalidArgument('x-oss-credential', credentialText);
  if (!signedAt || credential.day !== date.slice(0, 8)) throw invalidArgument('x-oss-date', date);
  const ageMs = receivedAt.getTime() - signedAt.getTime();
  if (ageMs < -MAX_CLOCK_SKEW_MS) throw timeTooSkewed(signedAt, receivedAt);
  if (ageMs > MAX_V4_AGE_MS) {
    throw new OssFailure('AccessDenied', { message: 'Request has expired.' });
  }
  const { accessKeyId, region } = credential;
  const caller = findCaller(state, accessKeyId, fields.get('x-oss-security-token'), receivedAt);
  if (hmacV4(policy, caller.accessKeySecret, date, region) !== signature) {
    throw signatureFailure(
      { accessKeyId, signature },
      { signature: '', texts: { StringToSign: policy } },
    );
  }
  if (isWrongRegion(region, state.buckets.get(bucket))) {
    throw invalidArgument(
      'x-oss-credential',
      credentialText,
      'The signing region in credential is invalid.',
      '0002-00000715',
    );
  }
  return caller;
}

function required(fields: ReadonlyMap<string, string>, name: string, shown = name): string {
  const value = fields.get(name);
  if (value) return value;
  throw new OssFailure('InvalidArgument', {
    message: `The bucket POST must contain the specified '${shown}'. If it is specified, please check the order of the fields`,
    details: { ArgumentName: shown },
  });
}
