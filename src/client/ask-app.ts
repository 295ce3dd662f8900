import { environment, type FetchLike } from './environment.js';
import { OssUploadError, type OssUploadErrorCode } from './oss-upload-error.js';

export type Headers = Readonly<Record<string, string>>;

/** A refusal as the app's controller sends it. Guards and proxies may send others. */
export interface Refused {
  code?: string;
  message?: string | string[];
  reason?: string;
}

/** Reasons of the app that have an error code of their own. */
const CODES = new Map<string | undefined, OssUploadErrorCode>([
  ['too-large', 'TOO_LARGE'],
  ['wrong-type', 'WRONG_TYPE'],
]);

/** @throws OssUploadError `NETWORK`, or the app's refusal */
export async function askApp<Answer>(
  fetch: FetchLike = (address, init) => environment.fetch(address, init),
  url: string,
  { method, headers, body }: { method: string; headers?: Headers; body?: unknown },
): Promise<Answer> {
  const json = body === undefined ? undefined : { 'content-type': 'application/json' };
  const init = {
    method,
    headers: { accept: 'application/json', ...json, ...headers },
    body: JSON.stringify(body),
  };
  const [status, text] = await fetch(url, init)
    .then(async (answer) => [answer.status, await answer.text()] as const)
    .catch((cause: unknown) => {
      throw new OssUploadError('NETWORK', 'The app could not be reached.', { cause });
    });
  const answer = parse(text);
  if (status < 200 || status > 299) throw refusalOf(answer ?? {}, status);
  if (answer) return answer as Answer;
  throw refusalOf({ message: `The response of ${url} is not JSON.` }, status);
}

export function refusalOf({ code: appCode, message, reason }: Refused, httpStatus?: number) {
  const text = [message ?? `The app refused with status ${httpStatus}.`].flat().join(' ');
  return new OssUploadError(CODES.get(reason) ?? 'REFUSED_BY_APP', text, {
    httpStatus,
    appCode,
    reason,
  });
}

/** @returns undefined for what is not JSON, such as an error page of a proxy */
function parse(text: string): Refused | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Refused | undefined;
  } catch {
    return undefined;
  }
}
