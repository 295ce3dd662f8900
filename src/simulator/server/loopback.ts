import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** IPv6 addresses are in brackets in URLs and `Host`. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The addresses of a host name; none if it cannot be resolved. */
export async function addressesOf(hostname: string): Promise<LookupAddress[]> {
  const host = withoutBrackets(hostname);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return lookup(host, { all: true }).catch(() => []);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address);
}

/** Whether a lower-case host name is a loopback name or address by itself, without name resolution. */
export function isLoopbackName(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    isLoopback(withoutBrackets(hostname))
  );
}

/** Whether a host name resolves to loopback addresses only. */
export async function isLoopbackHost(hostname: string): Promise<boolean> {
  const addresses = await addressesOf(hostname);
  return addresses.length > 0 && addresses.every(({ address }) => isLoopback(address));
}
