import type { LookupAddress } from 'node:dns';
import type { CallbackUrlParts } from '../../protocol/callback/callback-url.js';
import { addressesOf, isLoopback, isLoopbackName } from '../server/loopback.js';

/** An address that callbacks may go to. */
export interface CallbackHost {
  /** Lower case. `*` is every host, and any loopback name is all of them. */
  hostname: string;
  /** Unset for every port. */
  port: number | undefined;
}

/** Every port of this machine. */
export const LOOPBACK_HOST: CallbackHost = { hostname: 'localhost', port: undefined };

/**
 * Reads `host`, `host:port`, `[::1]:port` or `*`.
 * @throws Error if the text is none of these
 */
export function parseCallbackHost(text: string): CallbackHost {
  const match = /^(\*|\[[0-9a-f:.]+\]|[^\s/?#:@[\]*]+)(?::(\d{1,5}))?$/i.exec(text);
  const [, hostname, portText] = match ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (hostname === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new Error(
      `"${text}" is not an address for callbacks. Write host or host:port, such as 127.0.0.1:3000.`,
    );
  }
  return { hostname: hostname.toLowerCase(), port };
}

/** In the form that `parseCallbackHost` reads. */
export function writeCallbackHost({ hostname, port }: CallbackHost): string {
  return port === undefined ? hostname : `${hostname}:${port}`;
}

/**
 * Resolves the host of a callback.
 * @returns its addresses, or `undefined` if it is not among the allowed hosts
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
