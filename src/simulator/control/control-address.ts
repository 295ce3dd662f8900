import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopbackName } from '../server/loopback.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Reply } from '../server/reply.js';
import type { SimulatorState } from '../state.js';
import { control } from './control-requests.js';

/** Path of the control API. It is not a valid bucket name. */
export const CONTROL_PATH = '/_simulator';

/** Whether a request is for the control API, whether permitted or not. */
export function isControlRequest({ rawPath, hostname }: OssRequest): boolean {
  // Under the host of a bucket, the path is an object key.
  const isBucketHost = hostname.endsWith('.aliyuncs.com');
  return !isBucketHost && (rawPath === CONTROL_PATH || rawPath.startsWith(`${CONTROL_PATH}/`));
}

/**
 * Answers control requests that carry the token of this start. Web pages are rejected by their rebound host name, or by
 * the headers that browsers send; there are no CORS headers.
 */
export async function controlReply(state: SimulatorState, request: OssRequest): Promise<Reply> {
  const { headers, hostname } = request;
  if (state.controlToken === undefined) {
    return json(404, {
      error: 'The control API is off, because the local OSS does not listen on a loopback address.',
    });
  }
  if (!isLoopbackName(hostname))
    return json(403, { error: 'The control API is available under localhost only.' });
  const fetchSite = headers['sec-fetch-site'] ?? 'none';
  if (headers.origin !== undefined || fetchSite !== 'none') {
    return json(403, { error: 'The control API is not available to web pages.' });
  }
  const [, token = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (!isSame(token, state.controlToken)) {
    return json(401, {
      error: 'The control API requires "Authorization: Bearer <the token printed at startup>".',
    });
  }
  const { status, body } = await control(
    state,
    request,
    request.rawPath.slice(CONTROL_PATH.length),
  );
  return json(status, body);
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}

function json(status: number, body: unknown): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    },
    body: body === undefined ? '' : `${JSON.stringify(body)}\n`,
    ...(status >= 400 ? { code: 'Control' } : {}),
  };
}
