import type { LookupAddress } from 'node:dns';
import type { CallbackUrlParts } from '../../protocol/callback/callback-url.js';
import { addressesOf, isLoopback, isLoopbackName } from '../server/loopback.js';

/** An address that callbacks may go to. */
export interface CallbackHost {
  /** In lower case; `*` stands for every host, and each loopback name for all of them. */
  hostname: string;
  /** Every port where it is unset. */
  port: number | undefined;
}

/** Every port of this machine. */
export const LOOPBACK_HOST: CallbackHost = { hostname: 'localhost', port: undefined };

/**
 * Reads `host`, `host:port`, `[::1]:port` or `*`.
 * @throws Error where it is none of these
 */
export function parseCallbackHost(text: string): CallbackHost {
  const match = /^(\*|\[[0-9a-f:.]+\]|[^\s/?#:@[\]*]+)(?::(\d{1,5}))?$/i.exec(text);
  const [, hostname, portText] = match ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (hostname === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new Error(
      `"${text}" is no address for callbacks. Write host or host:port, such as 127.0.0.1:3000.`,
    );
  }
  return { hostname: hostname.toLowerCase(), port };
}

/** As `parseCallbackHost` reads it. */
export function writeCallbackHost({ hostname, port }: CallbackHost): string {
  return port === undefined ? hostname : `${hostname}:${port}`;
}

/**
 * Resolves the host of a callback if callbacks may go there.
 * @returns its addresses, or nothing where it is not among the hosts
 */
export async function allowedAddresses(
  target: CallbackUrlParts,
  hosts: readonly CallbackHost[],
): Promise<LookupAddress[] | undefined> {
  const targetHostname = target.hostname.toLowerCase();
  const addresses = await addressesOf(target.hostname);
  const isLocal = addresses.every(({ address }) => isLoopback(address));
  const isAllowed = hosts.some(
    ({ hostname, port }) =>
      (port === undefined || port === target.port) &&
      (hostname === '*' || hostname === targetHostname || (isLocal && isLoopbackName(hostname))),
  );
  return isAllowed ? addresses : undefined;
}
