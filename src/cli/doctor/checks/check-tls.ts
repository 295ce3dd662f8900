import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { quoted } from '../../../common/log-text.js';
import { withoutBrackets } from '../network/addresses.js';
import type { DoctorReport, Judgement } from '../report.js';
import { type Handshake, tlsHandshake } from '../network/tls-handshake.js';

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

interface TlsTarget {
  hostname: string;
  port: number;
  /** The option `callback.sni`: whether OSS sends the server name. */
  sni: boolean;
  timeoutMs: number;
  nowMs: number;
}

/**
 * Performs TLS handshakes with and without a server name, and checks the certificate.
 * @returns whether the first handshake succeeded
 */
export async function checkTls(target: TlsTarget, report: DoctorReport): Promise<boolean> {
  const { hostname, port, timeoutMs } = target;
  const host = withoutBrackets(hostname);
  // A server name is never an IP address (RFC 6066).
  const servername = isIP(host) ? undefined : host;
  report.progress(`TLS handshake with ${host}:${port}`);
  const named = await tlsHandshake(target, { servername, timeoutMs });
  if (!named.ok) {
    report.failed(
      'tls.handshake',
      `The TLS handshake with ${host}:${port} failed: ${named.reason}.`,
      'Enable TLS 1.2 or newer on this port with a certificate for the host, or write http: in the URL if the server has no TLS.',
    );
    return false;
  }
  report.ok('tls.handshake', `The TLS handshake with ${host}:${port} succeeded.`);
  report.add({ id: 'tls.certificate', ...judgeCertificate(host, named, target.nowMs) });
  if (servername === undefined) return true;
  report.progress(`TLS handshake with ${host}:${port} without a server name`);
  const unnamed = await tlsHandshake(target, { timeoutMs });
  report.add({ id: 'tls.sni', ...judgeServerName(host, named, unnamed, target.sni) });
  return true;
}

export function judgeCertificate(
  host: string,
  { certificate, distrust }: Extract<Handshake, { ok: true }>,
  nowMs: number,
): Judgement {
  const from = Date.parse(certificate.valid_from);
  const to = Date.parse(certificate.valid_to);
  const failed = (message: string, fix: string): Judgement => ({ status: 'failed', message, fix });
  if (nowMs >= to) {
    return failed(
      `The certificate of ${host} expired on ${certificate.valid_to}.`,
      'Renew the certificate, and reload the server.',
    );
  }
  if (nowMs < from) {
    return failed(
      `The certificate of ${host} is not valid before ${certificate.valid_from}.`,
      "Set this machine's clock, or wait until the certificate is valid.",
    );
  }
  if (checkServerIdentity(host, certificate)) {
    return failed(
      `The certificate is not for ${host}: it is for ${namesOf(certificate)}.`,
      `Give the server a certificate that names ${host}, or correct the host in OSS_PUBLIC_URL.`,
    );
  }
  if (distrust !== undefined) {
    return failed(
      `This machine does not trust the certificate of ${host}: ${distrust}.`,
      'Serve a certificate from a public authority with its intermediate certificates. If you run your own authority, set NODE_EXTRA_CA_CERTS to its certificate; OSS does not know it.',
    );
  }
  const days = Math.floor((to - nowMs) / DAY_MS);
  const message = `The certificate of ${host} is valid for ${days} more days.`;
  return to - nowMs < SOON_MS
    ? { status: 'warning', message, fix: 'Renew the certificate.' }
    : { status: 'ok', message };
}

function judgeServerName(
  host: string,
  named: Extract<Handshake, { ok: true }>,
  unnamed: Handshake,
  sni: boolean,
): Judgement {
  const same =
    unnamed.ok && unnamed.certificate.fingerprint256 === named.certificate.fingerprint256;
  if (same) {
    return {
      status: 'ok',
      message: `${host} presents the same certificate without a server name.`,
    };
  }
  const what = unnamed.ok
    ? `presents another certificate (${namesOf(unnamed.certificate)})`
    : `refuses the handshake (${unnamed.reason})`;
  const message = `Without a server name ${host} ${what}.`;
  return sni
    ? { status: 'ok', message: `${message} OSS sends the name (callbackSNI).` }
    : {
        status: 'failed',
        message,
        fix: 'Set the option callback.sni to true, or leave it out.',
      };
}

function namesOf({ subjectaltname, subject }: PeerCertificate): string {
  const names = subjectaltname ?? [subject?.CN ?? []].flat().join(', ');
  return names === '' ? 'no name' : quoted(names).text;
}
