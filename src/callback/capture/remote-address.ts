import type { IncomingMessage } from 'node:http';
import { RequestSlot } from '../request-slot.js';

/** The framework's request, where it is another object than Node's and there is one by now. */
export const hostRequest = new RequestSlot<object>('hostRequest');

/**
 * Who sent a callback. `ip` of the framework's request follows the host's setting (`trust proxy` of Express,
 * `trustProxy` of Fastify). Fastify makes its request later than Node: of what ends before that, it is who connected.
 */
export function remoteAddressOf(request: IncomingMessage): string | null {
  return addressOf(hostRequest.get(request) ?? request) ?? request.socket.remoteAddress ?? null;
}

/** By the host's setting, which may be a function of the host, and throw. */
export function addressOf(request: { ip?: unknown }): string | undefined {
  try {
    return typeof request.ip === 'string' ? request.ip : undefined;
  } catch {
    return undefined;
  }
}
