import { BlockList, isIP } from 'node:net';

/** Networks that are not part of the Internet. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}

/**
 * Whether OSS refuses to call an IPv4 address.
 * @see https://help.aliyun.com/en/oss/support/0007-00000008
 */
export function isPrivateIpv4(address: string): boolean {
  return isIP(address) === 4 && PRIVATE.check(address, 'ipv4');
}

/** Top-level domains that the public DNS does not have. */
const PRIVATE_DOMAIN = /\.(?:localhost|local|internal|home\.arpa)$/;

/**
 * Why OSS cannot call a host, as far as its name or address shows: OSS calls public IPv4 addresses only.
 * @param hostname as in a URL: an IPv6 address in brackets
 * @returns the rest of a sentence that begins with the host; undefined for a public one
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export function whyUnreachable(hostname: string): string | undefined {
  // In the form that connections use: `127.1` and `0x7f000001` are addresses too.
  const url = `http://${hostname}`;
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : hostname;
  if (host.startsWith('[')) return 'is an IPv6 address, and OSS only calls IPv4 addresses';
  if (isIP(host) === 4) return PRIVATE.check(host, 'ipv4') ? 'is a private address' : undefined;
  if (!host.includes('.')) return 'has no dot, so it is not a public DNS name';
  return PRIVATE_DOMAIN.test(host) ? 'is not a public DNS name' : undefined;
}
