import type { SimulatorCredentials } from '../options.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import type { Bucket } from '../storage/buckets.js';
import type { SignatureClaim, SignedResource } from './signature-claim.js';
import { signatureFailure } from './signature-failure.js';
import { guessSigned } from './signature-guess.js';
import { v1Claim } from './signature-v1.js';
import { v4Claim } from './signature-v4.js';
import { refuseUnsupportedSignature } from './unsupported-signature.js';

export interface Authenticated {
  resource: Resource;
  /** Unset for a request without a signature, and if signatures are not checked. */
  caller: SimulatorCredentials | undefined;
}

/**
 * Authenticates a request, and finds out which of the possible resources is meant: the one that was signed.
 * @throws OssFailure
 */
export function authenticate(
  state: SimulatorState,
  request: OssRequest,
  resources: readonly Resource[],
): Authenticated {
  const [likeliest] = resources;
  if (!likeliest) throw new OssFailure('InvalidBucketName');
  const claim = state.checkSignatures ? readClaim(request) : undefined;
  if (!claim) return { resource: likeliest, caller: undefined };
  const caller = findCaller(state, claim.accessKeyId, claim.securityToken, request.receivedAt);
  const resource = resources.find((one) =>
    signedForms(one).some(
      (form) => claim.sign(form, caller.accessKeySecret).signature === claim.signature,
    ),
  );
  if (!resource) {
    const secret = caller.accessKeySecret;
    const guess = guessSigned(claim, likeliest, secret, request);
    throw signatureFailure(claim, claim.sign(signedForms(likeliest)[0]!, secret), guess);
  }
  if (isWrongRegion(claim.region, state.buckets.get(resource.bucket))) {
    throw invalidRegion(request);
  }
  return { resource, caller };
}

/** @param region of the credential; V1 has none. A bucket without a region of its own accepts any. */
export function isWrongRegion(region: string | undefined, bucket: Bucket | undefined): boolean {
  return region === '' || (region ?? bucket?.region) !== (bucket?.region ?? region);
}

function invalidRegion({ headers }: OssRequest): OssFailure {
  if (headers.authorization === undefined) {
    return new OssFailure('InvalidArgument', {
      message: 'The signing region in credential is invalid.',
    });
  }
  return new OssFailure('InvalidArgument', {
    message: 'Invalid signing region in Authorization header.',
    ec: '0002-00000226',
  });
}

function readClaim(request: OssRequest): SignatureClaim | undefined {
  refuseUnsupportedSignature(request);
  return v4Claim(request) ?? v1Claim(request);
}

/** A resource as clients sign it. The SDK for C signs a bucket at an IP address without the slash at its end. */
function signedForms({ bucket, object }: Resource): SignedResource[] {
  if (bucket === '') return [{ object }];
  return object === '' ? [{ bucket, object }, { object: bucket }] : [{ bucket, object }];
}

/** @throws OssFailure if there is no such key, its security token is another one, or it has expired */
export function findCaller(
  state: SimulatorState,
  accessKeyId: string,
  securityToken: string | undefined,
  now: Date,
): SimulatorCredentials {
  const temporary = state.sts.find(accessKeyId);
  const caller = temporary ?? state.credentials.find((one) => one.accessKeyId === accessKeyId);
  // OSS looks for a temporary key where there is a token.
  const isPermanent = caller !== undefined && caller.securityToken === undefined;
  if (!caller || (isPermanent && securityToken)) {
    throw new OssFailure('InvalidAccessKeyId', { details: { OSSAccessKeyId: accessKeyId } });
  }
  if ((caller.securityToken ?? '') !== (securityToken ?? '')) {
    throw new OssFailure('InvalidSecurityToken');
  }
  if (temporary && temporary.expiresAt <= now) throw new OssFailure('SecurityTokenExpired');
  return caller;
}
