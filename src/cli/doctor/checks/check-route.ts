import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { CallbackUrlParts } from '../../../protocol/callback/callback-url.js';
import { PUBLIC_KEY_HOST, publicKeyPath } from '../../../protocol/callback/public-key-url.js';
import { splitTarget } from '../../../protocol/callback/request-target.js';
import { quoted } from '../../../common/log-text.js';
import type { DoctorReport, Judgement } from '../report.js';
import type { DoctorDatabase } from '../network/doctor-database.js';
import { judgeForged, judgeUnsigned } from './judge-probe.js';
import { sendProbe } from '../network/send-probe.js';

/** http: stands for the key that the package includes, so that the app does not fetch one for a probe. */
const PUBLIC_KEY_URL = `http://${PUBLIC_KEY_HOST}${publicKeyPath(1)}`;
const SIGNATURE_BYTES = 64;

export interface RouteTarget {
  parts: CallbackUrlParts;
  /** The option `callback.host`, which OSS sends as the Host header. */
  host: string | undefined;
  timeoutMs: number;
  /** The app's database, where it records what it refused; absent if unknown. */
  database: DoctorDatabase | undefined;
  live: boolean;
}

/** Sends an unsigned and a forged callback, which change nothing, and checks how the app refuses them. */
export async function checkRoute(
  { parts, host, timeoutMs, database, live }: RouteTarget,
  report: DoctorReport,
): Promise<void> {
  const hostHeader: Record<string, string> = host === undefined ? {} : { host };
  const send = (headers: Record<string, string>, body: string) =>
    sendProbe({ target: parts, headers: { ...hostHeader, ...headers }, body, timeoutMs });
  report.progress(`POST ${parts.path} without a signature`);
  const unsigned = await send({}, `doctor=${randomUUID()}`);
  if (!unsigned.ok) {
    report.failed(
      'probe',
      `POST ${quoted(parts.path).text} without a signature got no response: ${unsigned.reason}.`,
      'Check that the app is running, and that the port in the URL belongs to http: or https: as the URL says.',
    );
    return;
  }
  const judgement = judgeUnsigned(parts.path, unsigned.answer);
  report.add({ id: 'probe', ...judgement });
  if (judgement.status === 'failed') return;

  report.progress(`POST ${parts.path} with a forged signature`);
  const body = `doctor=${randomUUID()}`;
  const forged = await send(
    {
      authorization: randomBytes(SIGNATURE_BYTES).toString('base64'),
      'x-oss-pub-key-url': Buffer.from(PUBLIC_KEY_URL).toString('base64'),
    },
    body,
  );
  if (!forged.ok) {
    report.failed(
      'probe.forged',
      `POST ${quoted(parts.path).text} with a forged signature got no response: ${forged.reason}.`,
      'Something in front of the app drops requests with an Authorization header. Exempt this path from it.',
    );
    return;
  }
  report.add({ id: 'probe.forged', ...judgeForged(parts.path, forged.answer) });
  const digest = createHash('sha256').update(body).digest('hex');
  const seen = await database?.findRejectionByDigest(digest);
  report.add({ id: 'path', ...judgePath(parts.path, seen?.path, live) });
}

/** @param seen the path that the app received, from its table of rejections; absent if the app recorded none */
export function judgePath(requested: string, seen: string | undefined, live: boolean): Judgement {
  const { path } = splitTarget(requested);
  if (seen === undefined) {
    return {
      status: 'skipped',
      message: `It is unknown whether a proxy changes ${quoted(path).text} on the way: the app's database was not checked, or has no rejection of the forged callback.`,
      fix: live
        ? 'See live.upload: a callback signed by OSS shows it.'
        : 'Run with --live. If a proxy changes the path, set the option publicPath.',
    };
  }
  if (seen === path) {
    return { status: 'ok', message: `The app receives ${quoted(path).text} as requested.` };
  }
  const setting = path.endsWith(seen)
    ? `publicPath: { addPrefix: ${quoted(path.slice(0, -seen.length)).text} }`
    : seen.endsWith(path)
      ? `publicPath: { removePrefix: ${quoted(seen.slice(0, -path.length)).text} }`
      : 'publicPath: a function from the received path to the requested one';
  return {
    status: 'warning',
    message: `A proxy changes the path: ${quoted(path).text} was requested, the app received ${quoted(seen).text}.`,
    fix: `The app needs the option ${setting}. Ignore this warning if it is set.`,
  };
}
