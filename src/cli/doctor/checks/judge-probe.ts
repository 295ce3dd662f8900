import { quoted } from '../../../common/log-text.js';
import type { Judgement } from '../report.js';
import type { ProbeAnswer } from '../network/send-probe.js';

/**
 * Compares the response to an unsigned POST with that of an `@OssCallback` route: 401, `application/json` without
 * charset, a Content-Length, and `{ "code": "SIGNATURE_MISSING" }`. Any other response shows what is at the path
 * instead, or in front of the route.
 */
export function judgeUnsigned(path: string, answer: ProbeAnswer): Judgement {
  const { status, headers } = answer;
  const got = `POST ${quoted(path).text} without a signature got ${status}`;
  const refusal = readRefusal(answer);
  if (refusal === undefined) return { status: 'failed', ...explain(got, answer) };
  if (refusal.code !== 'SIGNATURE_MISSING' || status !== 401) {
    return {
      status: 'failed',
      message: `${got} with the code ${quoted(refusal.code).text} instead of 401 with "SIGNATURE_MISSING".`,
      fix: 'Look up the code in the list of errors, and check what is in front of the route: a guard or filter of the app, or a proxy.',
    };
  }
  const contentType = headers['content-type'];
  if (contentType !== 'application/json') {
    return {
      status: 'failed',
      message: `${got} as expected, but with the Content-Type ${quoted(contentType ?? '').text}: OSS only accepts application/json without parameters.`,
      fix: 'Let the proxy forward the Content-Type unchanged, without a charset.',
    };
  }
  if (headers['content-encoding'] !== undefined || headers['content-length'] === undefined) {
    return {
      status: 'failed',
      message: `${got} as expected, but without a Content-Length${headers['content-encoding'] ? ` and with the Content-Encoding ${quoted(headers['content-encoding']).text}` : ''}: OSS then reports "User server missing content-length."`,
      fix: 'Disable compression and chunked responses for this path in the proxy.',
    };
  }
  return {
    status: 'ok',
    message: `${got} with SIGNATURE_MISSING, in the form that OSS requires.`,
  };
}

/** The same for a POST with a well-formed but wrong signature: shows whether both signature headers reach the app. */
export function judgeForged(path: string, answer: ProbeAnswer): Judgement {
  const { status } = answer;
  const got = `POST ${quoted(path).text} with a forged signature got ${status}`;
  const code = readRefusal(answer)?.code;
  if (code === 'SIGNATURE_INVALID' || code === 'KEY_NOT_TRUSTED') {
    return {
      status: 'ok',
      message: `${got} with ${code}: the signature headers reach the app.`,
    };
  }
  if (code === 'SIGNATURE_MISSING') {
    return {
      status: 'failed',
      message: `${got} with SIGNATURE_MISSING: a proxy removes Authorization or x-oss-pub-key-url.`,
      fix: 'Let the proxy forward both headers, and let nothing in front of the app check Authorization.',
    };
  }
  if (status >= 200 && status < 300) {
    return {
      status: 'failed',
      message: `${got}: forged callbacks are accepted.`,
      fix: 'Put @OssCallback() or OssCallbackGuard on the route, and look for a filter or proxy that turns refusals into successes.',
    };
  }
  return {
    status: 'failed',
    message: `${got}${code === undefined ? '' : ` with the code ${quoted(code).text}`} instead of 403 with "SIGNATURE_INVALID".`,
    fix: 'A gateway or firewall in front of the app handles requests with an Authorization header. Exempt this path from it.',
  };
}

/** `{ code, message }`, the form of this package's refusals; nothing if the response has another form. */
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
): { message: string; fix: string } {
  if (status >= 300 && status < 400) {
    return {
      message: `${got}, a redirect to ${quoted(headers.location ?? '').text}. OSS does not follow redirects.`,
      fix: 'Set OSS_PUBLIC_URL and OSS_CALLBACK_URL to the target of the redirect, or exempt the path from it.',
    };
  }
  if (/^\s*<(?:!doctype html|html|head|body)/i.test(body.toString('utf8')) && status !== 404) {
    return {
      message: `${got} with an HTML page${titleOf(body)}, which is not from this package.`,
      fix: 'A login page, firewall or error page is in front of the app. Let POST requests to this path through.',
    };
  }
  if (status === 404 || status === 405) {
    return {
      message: `${got}: there is no @OssCallback route at this path.`,
      fix: "Correct the path in OSS_CALLBACK_URL (with the app's global prefix and version; where a header selects versions, the route needs @Version(VERSION_NEUTRAL)), or let the proxy forward it. If the proxy changes it, set the option publicPath.",
    };
  }
  if (status >= 500) {
    return {
      message: `${got}: the app, or the proxy in front of it, fails.`,
      fix: 'Look at the logs of the proxy and the app. 502, 503 and 504 usually mean that the proxy does not reach the app.',
    };
  }
  if (status >= 200 && status < 300) {
    return {
      message: `${got}, a success: the route at this path is not an @OssCallback route.`,
      fix: 'Put @OssCallback() on the method at this path, or correct the path in OSS_CALLBACK_URL.',
    };
  }
  return {
    message: `${got}, but not with the JSON of this package.`,
    fix: 'A guard of the app, a gateway or a firewall responds in place of the @OssCallback route. Exempt this path from it.',
  };
}

function titleOf(body: Buffer): string {
  const title = /<title[^<>]*>([^<]{1,100})/i.exec(body.toString('utf8'))?.[1]?.trim();
  return title ? ` (${quoted(title).text})` : '';
}
