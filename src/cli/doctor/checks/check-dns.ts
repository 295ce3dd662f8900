import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPrivateIpv4, withoutBrackets } from '../network/addresses.js';
import { type CheckSink, reasonOf } from '../check.js';
import { withinTime } from '../network/within-time.js';

/**
 * Looks up the addresses of the callback's host and holds them against what OSS calls: public IPv4 addresses.
 * @param isLocal whether the local OSS calls, which takes any address
 * @returns whether there is an address to go on with
 */
export async function checkDns(
  { hostname, isLocal, timeoutMs }: { hostname: string; isLocal: boolean; timeoutMs: number },
  sink: CheckSink,
): Promise<boolean> {
  const id = 'dns';
  const host = withoutBrackets(hostname);
  let addresses: string[];
  if (isIP(host)) addresses = [host];
  else {
    sink.progress(`asking for the addresses of ${host}`);
    try {
      const found = await withinTime(lookup(host, { all: true }), timeoutMs);
      addresses = found.map(({ address }) => address);
    } catch (error) {
      sink.add({
        id,
        status: 'failed',
        message: `${host} has no address: ${reasonOf(error)}.`,
        cure: 'Correct the host in OSS_PUBLIC_URL or OSS_CALLBACK_URL, or make a DNS record of type A for it.',
      });
      return false;
    }
  }
  const named = `${host === addresses.join() ? 'The host' : host} is ${addresses.join(', ')}`;
  if (isLocal) {
    sink.add({ id, status: 'ok', message: `${named}; the local OSS calls any address.` });
    return true;
  }
  const ipv4 = addresses.filter((address) => isIP(address) === 4);
  const refused = ipv4.filter(isPrivateIpv4);
  if (ipv4.length === 0) {
    sink.add({
      id,
      status: 'failed',
      message: `${named}; OSS calls IPv4 addresses alone.`,
      cure: 'Make a DNS record of type A with a public IPv4 address.',
    });
  } else if (refused.length > 0) {
    sink.add({
      id,
      status: 'failed',
      message: `${named}; OSS refuses to call private addresses (${refused.join(', ')}).`,
      cure: 'Name a host with a public IPv4 address, or set OSS_LOCAL_URL to develop with the local OSS. Where only this network sees the private address, run the doctor outside of it.',
    });
  } else sink.add({ id, status: 'ok', message: `${named}.` });
  return true;
}
