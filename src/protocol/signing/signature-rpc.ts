import { createHmac } from 'node:crypto';
import { percentEncode } from './percent-encoding.js';

/**
 * Signature of a request in the RPC style of Alibaba Cloud, which STS uses: HMAC-SHA1 over method and parameters.
 * @param parameters of query and body together, without `Signature`
 * @returns base64
 * @see https://help.aliyun.com/en/sdk/product-overview/rpc-mechanism
 */
export function signatureRpc(
  method: string,
  parameters: Readonly<Record<string, string>>,
  accessKeySecret: string,
): string {
  const text = stringToSignRpc(method, parameters);
  return createHmac('sha1', `${accessKeySecret}&`).update(text, 'utf8').digest('base64');
}

/** @param parameters of query and body together, without `Signature` */
export function stringToSignRpc(
  method: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(parameters)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
  return `${method}&${percentEncode('/')}&${percentEncode(sorted)}`;
}
