import { V4_ALGORITHM } from '../../protocol/signing/signature-v4.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';

/** Signatures that are not verified, by the schemes of their Authorization and by the parameters of their URLs. */
const UNSUPPORTED = [
  { name: 'version 2 (OSS2)', scheme: /^OSS2 /, parameter: /^x-oss-access-key-id$/ },
  { name: 'Amazon S3', scheme: /^AWS4?\b/, parameter: /^(?:x-amz-signature|awsaccesskeyid)$/ },
];

/**
 * Rejects a request whose signature is of a kind that the local OSS does not verify. Otherwise a public bucket would
 * answer it as a request without any.
 * @throws OssFailure
 */
export function refuseUnsupportedSignature({ headers, query }: OssRequest): void {
  const names = Object.keys(query).map((name) => name.toLowerCase());
  const version = query['x-oss-signature-version'];
  const found = UNSUPPORTED.find(
    ({ scheme, parameter }) =>
      scheme.test(headers.authorization ?? '') || names.some((name) => parameter.test(name)),
  );
  const isUnknown = names.includes('x-oss-signature') && version !== V4_ALGORITHM;
  if (!found && version !== 'OSS2' && !isUnknown) return;
  const name = found?.name ?? (version === 'OSS2' ? UNSUPPORTED[0]!.name : JSON.stringify(version));
  throw new OssFailure('NotImplemented', {
    message: `The local OSS does not verify signatures of ${name}. Sign with version 4 (${V4_ALGORITHM}), or with version 1.`,
  });
}
