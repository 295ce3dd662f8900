import { BlockList, isIP } from 'node:net';

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}

/** Whether OSS refuses to call an IPv4 address. https://help.aliyun.com/en/oss/support/0007-00000008 */
export function isPrivateIpv4(address: string): boolean {
  return isIP(address) === 4 && PRIVATE.check(address, 'ipv4');
}

/** The host of a URL in the form that `net.connect` accepts: an IPv6 address without brackets. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
