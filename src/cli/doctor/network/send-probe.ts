import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { CallbackUrlParts } from '../../../protocol/callback/callback-url.js';
import { withoutBrackets } from './addresses.js';
import { reasonOf } from '../../../common/error-text.js';
import { withinTime } from '../../../common/within-time.js';
import { readLimited } from '../../../common/limited-bytes.js';

const MAX_ANSWER_BYTES = 64 * 1024;

export interface ProbeAnswer {
  status: number;
  /** Lower-case names; the values of a repeated header are joined. */
  headers: Readonly<Record<string, string | undefined>>;
  /** At most {@link MAX_ANSWER_BYTES}. */
  body: Buffer;
}

export type ProbeResult = { ok: true; answer: ProbeAnswer } | { ok: false; reason: string };

export interface Probe {
  /** Where OSS would send its callback. The path is sent unchanged. */
  target: CallbackUrlParts;
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs: number;
}

/** POSTs to a callback URL as OSS does: HTTP/1.1, one connection, no redirects. Any certificate is accepted. */
export async function sendProbe(probe: Probe): Promise<ProbeResult> {
  const { target, headers, body, timeoutMs } = probe;
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const outgoing = send({
    hostname: withoutBrackets(target.hostname),
    port: target.port,
    path: target.path,
    method: 'POST',
    agent: false,
    rejectUnauthorized: false,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'nestjs-oss-callback-doctor',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
  });
  outgoing.on('error', () => undefined); // one that follows the response
  const response = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.end(body);
  try {
    const answer = await withinTime(response.then(readAnswer), timeoutMs);
    return { ok: true, answer };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  } finally {
    outgoing.destroy();
  }
}

async function readAnswer([incoming]: [IncomingMessage]): Promise<ProbeAnswer> {
  const { bytes: body } = await readLimited(incoming, MAX_ANSWER_BYTES);
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values?.join(', ')]),
    ),
    body,
  };
}
