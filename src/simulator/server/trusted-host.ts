import { isIP } from 'node:net';
import { allowsOrigin } from './cors.js';
import { isLoopbackName, withoutBrackets } from './loopback.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import type { SimulatorState } from '../state.js';

/**
 * Refuses a host name that is not the simulator's: a web page whose own host name was rebound to this machine sends
 * that name in `Host`, and would otherwise be of the same origin as the objects. This holds for signed requests too,
 * since the default key is known to everyone.
 * @throws OssFailure
 */
export function refuseUnknownHost(
  { allowedHosts }: SimulatorState,
  { hostname }: OssRequest,
): void {
  if (isOwnHost(hostname, allowedHosts)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not answer to the host ${JSON.stringify(hostname)}. Add it to allowedHosts (--allowed-host) if it is yours.`,
  });
}

/**
 * Refuses web pages of origins that may not use the bucket. Browsers send `Origin` with everything that changes
 * something; clients that are not browsers send none.
 * @param bucket that the request is about; without one, only pages of this machine may ask
 * @throws OssFailure
 */
export function refuseForeignOrigin(
  state: SimulatorState,
  { headers: { origin } }: OssRequest,
  bucket?: string,
): void {
  if (origin === undefined || allowsOrigin(state, bucket, origin)) return;
  throw new OssFailure('AccessDenied', {
    message: `The local OSS does not answer to pages of ${origin}. Add the origin to the bucket's corsOrigins (--cors-origin) if it is yours.`,
  });
}

/**
 * Names that no web page of another can have: loopback names, addresses, which are not resolved at all, the domain
 * of OSS itself, and the names that were allowed, with those below them.
 */
function isOwnHost(hostname: string, allowedHosts: readonly string[]): boolean {
  return (
    isLoopbackName(hostname) ||
    isIP(withoutBrackets(hostname)) !== 0 ||
    hostname.endsWith('.aliyuncs.com') ||
    allowedHosts.some((allowed) => hostname === allowed || hostname.endsWith(`.${allowed}`))
  );
}
