import type { CallbackParameter } from '../../protocol/callback/callback-parameter.js';
import { parseCallbackUrl } from '../../protocol/callback/callback-url.js';
import { addressesOf } from '../server/loopback.js';
import { OssFailure } from '../server/oss-failure.js';

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
