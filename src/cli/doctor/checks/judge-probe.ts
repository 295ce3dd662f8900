import { quoted } from '../../../common/log-text.js';
import type { Check } from '../check.js';
import type { ProbeAnswer } from '../network/send-probe.js';

export type Judgement = Omit<Check, 'id'>;

/**
 * Holds the answer to an unsigned POST against the one that an `@OssCallback` route gives: 401, `application/json`
 * without charset, a Content-Length, and `{ "code": "SIGNATURE_MISSING" }`. Everything else tells what stands there
 * instead, or in between.
 */
export function judgeUnsigned(path: string, answer: ProbeAnswer): Judgement {
  const { status, headers } = answer;
  const got = `POST ${quoted(path)} without a signature was answered with ${status}`;
  const refusal = readRefusal(answer);
  if (refusal === undefined) return { status: 'failed', ...explain(got, answer) };
  if (refusal.code !== 'SIGNATURE_MISSING' || status !== 401) {
    return {
      status: 'failed',
      message: `${got} and the code ${quoted(refusal.code)}, expected 401 and "SIGNATURE_MISSING".`,
      cure: 'See the code in the list of errors, and what stands before the route: a guard or filter of the app, or a proxy.',
    };
  }
  const contentType = headers['content-type'];
  if (contentType !== 'application/json') {
    return {
      status: 'failed',
      message: `${got} as it should be, but with the Content-Type ${quoted(contentType ?? '')}: OSS takes exactly application/json.`,
      cure: 'Let the proxy pass on the Content-Type as it is, without a charset.',
    };
  }
  if (headers['content-encoding'] !== undefined || headers['content-length'] === undefined) {
    return {
      status: 'failed',
      message: `${got} as it should be, but without a Content-Length${headers['content-encoding'] ? ` and in ${quoted(headers['content-encoding'])}` : ''}: OSS then reports "User server missing content-length."`,
      cure: 'Switch off compression and chunked answers for this path in the proxy.',
    };
  }
  return {
    status: 'ok',
    message: `${got} and SIGNATURE_MISSING, exactly as OSS needs its answers.`,
  };
}

/**
 * The same for a POST whose signature is well-formed and wrong: whether both signature headers get through.
 */
export function judgeForged(path: string, answer: ProbeAnswer): Judgement {
  const { status } = answer;
  const got = `POST ${quoted(path)} with a forged signature was answered with ${status}`;
  const code = readRefusal(answer)?.code;
  if (code === 'SIGNATURE_INVALID' || code === 'KEY_NOT_TRUSTED') {
    return {
      status: 'ok',
      message: `${got} and ${code}: the headers of a signature reach the app.`,
    };
  }
  if (code === 'SIGNATURE_MISSING') {
    return {
      status: 'failed',
      message: `${got} and SIGNATURE_MISSING: a proxy takes off Authorization or x-oss-pub-key-url.`,
      cure: 'Let the proxy pass on both headers, and let nothing before the app check Authorization.',
    };
  }
  if (status >= 200 && status < 300) {
    return {
      status: 'failed',
      message: `${got}: forged callbacks are taken.`,
      cure: 'Put @OssCallback() or OssCallbackGuard on the route, and look for a filter or proxy that turns refusals into successes.',
    };
  }
  return {
    status: 'failed',
    message: `${got}${code === undefined ? '' : ` and the code ${quoted(code)}`}, expected 403 and "SIGNATURE_INVALID".`,
    cure: 'Something before the app answers requests with an Authorization header, such as a gateway or a firewall. Exempt this path from it.',
  };
}

/** `{ code, message }`, as this package refuses; nothing where the answer is something else. */
function readRefusal({ body }: ProbeAnswer): { code: string } | undefined {
  try {
    const json = JSON.parse(body.toString('utf8')) as { code?: unknown; message?: unknown } | null;
    const isRefusal = typeof json?.code === 'string' && typeof json.message === 'string';
    return isRefusal ? { code: json.code as string } : undefined;
  } catch {
    return undefined;
  }
}

function explain(
  got: string,
  { status, headers, body }: ProbeAnswer,
): { message: string; cure: string } {
  if (status >= 300 && status < 400) {
    return {
      message: `${got}, a redirect to ${quoted(headers.location ?? '')}; OSS follows none.`,
      cure: 'Write the URL that it leads to into OSS_PUBLIC_URL and OSS_CALLBACK_URL, or exempt the path from the redirect.',
    };
  }
  if (/^\s*<(?:!doctype html|html|head|body)/i.test(body.toString('utf8')) && status !== 404) {
    return {
      message: `${got} and an HTML page${titleOf(body)}, not by this package.`,
      cure: 'A login page, firewall or error page stands before the app. Let POST requests to this path through to it.',
    };
  }
  if (status === 404 || status === 405) {
    return {
      message: `${got}: no @OssCallback route stands at this path.`,
      cure: "Correct the path in OSS_CALLBACK_URL (with the app's global prefix and version), or let the proxy pass it on; where the proxy changes it, set the option publicPath.",
    };
  }
  if (status >= 500) {
    return {
      message: `${got}: the app, or the proxy before it, cannot answer.`,
      cure: "Look at the proxy's and the app's logs; 502, 503 and 504 mostly say that the proxy does not reach the app.",
    };
  }
  if (status >= 200 && status < 300) {
    return {
      message: `${got}, a success: something else than an @OssCallback route stands at this path.`,
      cure: 'Put @OssCallback() on the method that stands there, or correct the path in OSS_CALLBACK_URL.',
    };
  }
  return {
    message: `${got}, and not with the JSON of this package.`,
    cure: 'A guard of the app, a gateway or a firewall answers before the @OssCallback route. Exempt this path from it.',
  };
}

function titleOf(body: Buffer): string {
  const title = /<title[^>]*>([^<]{1,100})/i.exec(body.toString('utf8'))?.[1]?.trim();
  return title ? ` (${quoted(title)})` : '';
}
