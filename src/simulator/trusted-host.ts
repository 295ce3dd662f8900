import { isIP } from 'node:net';
import { allowsOrigin } from './cors.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import type { SimulatorState } from './simulator-state.js';

/**
 * Keeps web pages of others away from what needs no signature. A page whose host name was rebound to this machine
 * names itself in `Host`; a page of another origin names itself in `Origin`. Neither holds a key, so signed requests
 * are not looked at here.
 * @throws OssFailure
 */
export function refuseForeignPage(state: SimulatorState, request: OssRequest): void {
  const { origin } = request.headers;
  if (!isTrustedHost(state, request.hostname)) {
    throw new OssFailure('AccessDenied', {
      message: `Without a signature the local OSS does not answer to the host ${request.hostname}; its option is allowedHosts.`,
    });
  }
  if (origin !== undefined && !allowsOrigin(state, request, origin)) {
    throw new OssFailure('AccessDenied', {
      message: `Without a signature the local OSS does not answer to pages of ${origin}; its option is a bucket's corsOrigins.`,
    });
  }
}

/** Names that nobody else can rebind: addresses, names of a single label, OSS's own domain, and those allowed. */
function isTrustedHost({ allowedHosts }: SimulatorState, hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return (
    isIP(host) !== 0 ||
    !host.includes('.') ||
    host.endsWith('.localhost') ||
    host.endsWith('.aliyuncs.com') ||
    allowedHosts.some((allowed) => host === allowed || host.endsWith(`.${allowed}`))
  );
}
