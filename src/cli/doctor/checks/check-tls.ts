import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { quoted } from '../../../common/log-text.js';
import { withoutBrackets } from '../network/addresses.js';
import type { Check, CheckSink } from '../check.js';
import { type Handshake, shakeHands } from '../network/tls-handshake.js';

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

interface TlsTarget {
  hostname: string;
  port: number;
  /** Whether OSS is told to send the server name: the option `callback.sni`. */
  sni: boolean;
  timeoutMs: number;
  nowMs: number;
}

/**
 * Shakes hands with and without a server name, and looks at the certificate.
 * @returns whether there was a handshake
 */
export async function checkTls(target: TlsTarget, sink: CheckSink): Promise<boolean> {
  const { hostname, port, timeoutMs } = target;
  const host = withoutBrackets(hostname);
  // TLS knows no server name that is an address.
  const servername = isIP(host) ? undefined : host;
  sink.progress(`TLS handshake with ${host}:${port}`);
  const named = await shakeHands(target, { servername, timeoutMs });
  if (!named.ok) {
    sink.add({
      id: 'tls.handshake',
      status: 'failed',
      message: `No TLS handshake with ${host}:${port}: ${named.reason}.`,
      cure: 'Let the server speak TLS 1.2 or newer on this port with a certificate for the host, or write http: in the URL where it speaks none.',
    });
    return false;
  }
  sink.add({ id: 'tls.handshake', status: 'ok', message: `TLS with ${host}:${port} works.` });
  sink.add({ id: 'tls.certificate', ...judgeCertificate(host, named, target.nowMs) });
  if (servername === undefined) return true;
  sink.progress(`TLS handshake with ${host}:${port} without a server name`);
  const unnamed = await shakeHands(target, { timeoutMs });
  sink.add({ id: 'tls.sni', ...judgeServerName(host, named, unnamed, target.sni) });
  return true;
}

type Judgement = Omit<Check, 'id'>;

export function judgeCertificate(
  host: string,
  { certificate, distrust }: Extract<Handshake, { ok: true }>,
  nowMs: number,
): Judgement {
  const from = Date.parse(certificate.valid_from);
  const to = Date.parse(certificate.valid_to);
  const failed = (message: string, cure: string): Judgement => ({
    status: 'failed',
    message,
    cure,
  });
  if (nowMs >= to) {
    return failed(
      `The certificate of ${host} expired on ${certificate.valid_to}.`,
      'Renew the certificate, and let the server load it.',
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
      'Serve a certificate of a public authority together with its intermediate certificates. Where the authority is your own, name its file in NODE_EXTRA_CA_CERTS; OSS does not know it.',
    );
  }
  const days = Math.floor((to - nowMs) / DAY_MS);
  const message = `The certificate of ${host} is good for ${days} more days.`;
  return to - nowMs < SOON_MS
    ? { status: 'warning', message, cure: 'Renew the certificate.' }
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
    return { status: 'ok', message: `${host} shows the same certificate without a server name.` };
  }
  const what = unnamed.ok
    ? `shows another certificate (${namesOf(unnamed.certificate)})`
    : `refuses the handshake (${unnamed.reason})`;
  const message = `Without a server name ${host} ${what}.`;
  return sni
    ? { status: 'ok', message: `${message} OSS is told to send the name (callbackSNI).` }
    : {
        status: 'failed',
        message,
        cure: 'Set the option callback.sni to true, or leave it out.',
      };
}

function namesOf({ subjectaltname, subject }: PeerCertificate): string {
  const names = subjectaltname ?? [subject?.CN ?? []].flat().join(', ');
  return names === '' ? 'no name at all' : quoted(names);
}
