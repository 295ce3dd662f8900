import type { CallbackExchange } from './callback-exchange.js';

/**
 * Who sent a callback. `ip` of the framework's request follows the host's setting (`trust proxy` of Express,
 * `trustProxy` of Fastify). Fastify makes its request later than Node: of what ends before that, it is who connected.
 */
export function remoteAddressOf({ request, hostRequest }: CallbackExchange): string | null {
  const fromHost = addressOf(hostRequest ?? request);
  return fromHost ?? request.socket.remoteAddress ?? null;
}

/** By the host's setting, which may be a function of the host, and throw. */
export function addressOf(request: { ip?: unknown }): string | undefined {
  try {
    return typeof request.ip === 'string' ? request.ip : undefined;
  } catch {
    return undefined;
  }
}
