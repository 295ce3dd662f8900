import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPrivateIpv4 } from '../../../protocol/callback/public-host.js';
import { withoutBrackets } from '../network/addresses.js';
import { reasonOf } from '../../../common/error-text.js';
import type { DoctorReport } from '../report.js';
import { withinTime } from '../../../common/within-time.js';

/**
 * Looks up the host of the callback URL. OSS only calls public IPv4 addresses.
 * @param isLocal whether the local OSS calls, which accepts any address
 * @returns whether the host has an address
 */
export async function checkDns(
  { hostname, isLocal, timeoutMs }: { hostname: string; isLocal: boolean; timeoutMs: number },
  report: DoctorReport,
): Promise<boolean> {
  const id = 'dns';
  const host = withoutBrackets(hostname);
  let addresses: string[];
  if (isIP(host)) addresses = [host];
  else {
    report.progress(`looking up ${host}`);
    try {
      const found = await withinTime(lookup(host, { all: true }), timeoutMs);
      addresses = found.map(({ address }) => address);
    } catch (error) {
      report.failed(
        id,
        `The host ${host} could not be resolved: ${reasonOf(error)}.`,
        'Correct the host in OSS_PUBLIC_URL or OSS_CALLBACK_URL, or add a DNS record of type A for it.',
      );
      return false;
    }
  }
  const resolved =
    host === addresses.join()
      ? `The host is ${host}`
      : `${host} resolves to ${addresses.join(', ')}`;
  if (isLocal) {
    report.ok(id, `${resolved}; the local OSS calls any address.`);
    return true;
  }
  const ipv4 = addresses.filter((address) => isIP(address) === 4);
  const refused = ipv4.filter(isPrivateIpv4);
  if (ipv4.length === 0) {
    report.failed(
      id,
      `${resolved}; OSS only calls IPv4 addresses.`,
      'Add a DNS record of type A with a public IPv4 address.',
    );
  } else if (refused.length > 0) {
    report.failed(
      id,
      `${resolved}; OSS refuses to call private addresses (${refused.join(', ')}).`,
      'Use a host with a public IPv4 address, or set OSS_LOCAL_URL to develop with the local OSS. If the name resolves to a private address only in this network, run the doctor outside of it.',
    );
  } else report.ok(id, `${resolved}.`);
  return true;
}
