import { describe, expect, it } from 'vitest';
import { whyUnreachable } from './public-host.js';

const PRIVATE = 'is a private address';
const IPV6 = 'is an IPv6 address, and OSS only calls IPv4 addresses';
const NO_DOT = 'has no dot, so it is not a public DNS name';
const NO_NAME = 'is not a public DNS name';

describe('a host that OSS cannot call', () => {
  it.each([
    ['0.0.0.0', PRIVATE],
    ['10.0.0.1', PRIVATE],
    ['10.255.255.255', PRIVATE],
    ['100.64.0.1', PRIVATE],
    ['100.127.255.255', PRIVATE],
    ['127.0.0.1', PRIVATE],
    ['127.1', PRIVATE],
    ['2130706433', PRIVATE],
    ['0x7f000001', PRIVATE],
    ['169.254.169.254', PRIVATE],
    ['172.16.0.1', PRIVATE],
    ['172.31.255.255', PRIVATE],
    ['192.168.1.1', PRIVATE],
    ['198.19.0.1', PRIVATE],
    ['224.0.0.1', PRIVATE],
    ['255.255.255.255', PRIVATE],
    ['[::1]', IPV6],
    ['[2001:db8::1]', IPV6],
    ['[fd00::1]', IPV6],
    ['[::ffff:8.8.8.8]', IPV6],
    ['localhost', NO_DOT],
    ['localhost.', NO_DOT],
    ['api', NO_DOT],
    ['app.localhost', NO_NAME],
    ['printer.local', NO_NAME],
    ['api.svc.cluster.local', NO_NAME],
    ['metadata.google.internal', NO_NAME],
    ['API.Internal.', NO_NAME],
  ])('%s %s', (host, why) => {
    expect(whyUnreachable(host)).toBe(why);
  });

  it.each([
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.169.0.1',
    '223.255.255.255',
    'api.shop.cn',
    'api.local.shop.cn',
    'internal.shop.cn',
    'xn--fiqs8s.cn',
  ])('%s is not one', (host) => {
    expect(whyUnreachable(host)).toBeUndefined();
  });
});
