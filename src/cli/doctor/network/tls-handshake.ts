import { connect, type PeerCertificate } from 'node:tls';
import { withoutBrackets } from './addresses.js';

export type Handshake =
  | {
      ok: true;
      certificate: PeerCertificate;
      /** Why this machine does not trust the certificate, for example `CERT_HAS_EXPIRED`; its name does not count. */
      distrust: string | undefined;
    }
  | { ok: false; reason: string };

/**
 * Begins a TLS connection and ends it at once. Any certificate will do: it is there to be looked at.
 * @param servername sent as SNI; none is sent where it is left out
 */
export function shakeHands(
  { hostname, port }: { hostname: string; port: number },
  { servername, timeoutMs }: { servername?: string; timeoutMs: number },
): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({
      host: withoutBrackets(hostname),
      port,
      servername: servername ?? '',
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const end = (handshake: Handshake) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(handshake);
    };
    const timer = setTimeout(
      () => end({ ok: false, reason: `no handshake within ${timeoutMs} ms` }),
      timeoutMs,
    );
    socket.once('error', (error) => end({ ok: false, reason: error.message }));
    socket.once('close', () => end({ ok: false, reason: 'the connection was closed' }));
    socket.once('secureConnect', () => {
      const { authorizationError } = socket as { authorizationError?: Error | string | null };
      end({
        ok: true,
        certificate: socket.getPeerCertificate(),
        distrust: authorizationError ? codeOf(authorizationError) : undefined,
      });
    });
  });
}

/** Node gives the code as a text, against its own types. */
function codeOf(error: Error | string): string {
  return typeof error === 'string' ? error : error.message;
}
