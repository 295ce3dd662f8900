import { type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { CallbackParameter } from '../protocol/callback/callback-parameter.js';
import { parseCallbackUrl } from '../protocol/callback/callback-url.js';
import { OssFailure } from './oss-failure.js';

/** Where a host name leads; nothing where it leads nowhere. */
export async function addressesOf(hostname: string): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return lookup(host, { all: true }).catch(() => []);
}

/**
 * The addresses that a callback may be sent to: those of one's own machine, and those of hosts that were allowed.
 * @returns nothing where the host is another's
 */
export async function allowedAddresses(
  hostname: string,
  callbackHosts: readonly string[],
): Promise<LookupAddress[] | undefined> {
  const addresses = await addressesOf(hostname);
  const isAllowed =
    callbackHosts.includes('*') ||
    callbackHosts.includes(hostname) ||
    addresses.every(({ address }) => isLoopback(address));
  return isAllowed ? addresses : undefined;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address);
}

/**
 * Refuses what OSS refuses because it cannot reach it from outside.
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/user-guide/0007-00000008
 */
export async function refusePrivateAddresses(
  { urls }: CallbackParameter,
  callback: string,
): Promise<void> {
  for (const url of urls) {
    const hostname = parseCallbackUrl(url)?.hostname ?? '';
    const addresses = (await addressesOf(hostname)).filter(({ family }) => family === 4);
    if (addresses.length === 0) {
      throw refusal('Can not get ip by this host.', '0007-00000007', callback);
    }
    if (addresses.some(({ address }) => isPrivate(address))) {
      throw refusal('Private address is forbidden to callback.', '0007-00000008', callback);
    }
  }
}

/** Addresses that are not reached from the Internet. */
function isPrivate(address: string): boolean {
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    a >= 224
  );
}

function refusal(message: string, ec: string, callback: string): OssFailure {
  return new OssFailure('InvalidArgument', {
    message,
    ec,
    details: { ArgumentName: 'callback', ArgumentValue: callback },
  });
}
