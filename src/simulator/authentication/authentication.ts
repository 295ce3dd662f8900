import type { SimulatorCredentials } from '../options.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import { signatureFailure } from './signature-failure.js';
import { guessSigned } from './signature-guess.js';
import { v1Claim } from './signature-v1.js';
import { v4Claim } from './signature-v4.js';

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
  const claim = state.checkSignatures ? (v4Claim(request) ?? v1Claim(request)) : undefined;
  if (!claim) return { resource: likeliest, caller: undefined };
  const caller = findCaller(state, claim.accessKeyId, claim.securityToken, request.receivedAt);
  const resource = resources.find(
    (one) => claim.sign(one, caller.accessKeySecret).signature === claim.signature,
  );
  if (!resource) {
    const secret = caller.accessKeySecret;
    const guess = guessSigned(claim, likeliest, secret, request);
    throw signatureFailure(claim, claim.sign(likeliest, secret), guess);
  }
  const region = state.buckets.get(resource.bucket)?.region;
  if (region !== undefined && claim.region !== undefined && region !== claim.region) {
    throw new OssFailure('InvalidArgument', {
      message: 'Invalid signing region in Authorization header.',
    });
  }
  return { resource, caller };
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
  if (!caller) {
    throw new OssFailure('InvalidAccessKeyId', { details: { OSSAccessKeyId: accessKeyId } });
  }
  if (caller.securityToken !== undefined && caller.securityToken !== securityToken) {
    throw new OssFailure('InvalidSecurityToken');
  }
  if (temporary && temporary.expiresAt <= now) throw new OssFailure('SecurityTokenExpired');
  return caller;
}
