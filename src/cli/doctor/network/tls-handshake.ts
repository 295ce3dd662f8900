import { connect, type PeerCertificate } from 'node:tls';
import { withoutBrackets } from './addresses.js';

export type Handshake =
  | {
      ok: true;
      certificate: PeerCertificate;
      /** Why this machine does not trust the certificate, for example `CERT_HAS_EXPIRED`. Names are not compared. */
      distrust: string | undefined;
    }
  | { ok: false; reason: string };

/**
 * Opens a TLS connection and closes it again. Any certificate is accepted, since the caller checks it.
 * @param servername sent as SNI; without it none is sent
 */
export function tlsHandshake(
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

/** Node passes a string here, contrary to its types. */
function codeOf(error: Error | string): string {
  return typeof error === 'string' ? error : error.message;
}
