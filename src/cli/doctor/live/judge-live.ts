import { quoted } from '../../../common/log-text.js';
import type { OssResult } from '../network/ask-oss.js';
import type { Rejection } from '../network/doctor-database.js';
import type { Judgement } from '../report.js';
import { describeAnswer, fixFor } from '../network/oss-answers.js';

/** By the app's response, as OSS's error message quotes it. */
const FIXES: readonly [message: RegExp, fix: string][] = [
  [
    /status : 3\d\d/i,
    'The callback URL redirects, and OSS does not follow redirects: use the target of the redirect.',
  ],
  [
    /status : 400/i,
    "The app refuses the body; its log says why. If the route's DTO requires variables, pass them with --variable.",
  ],
  [
    /status : 40[13]/i,
    'The app refuses the callback; its log says why. If a proxy changes the path, set the option publicPath. The app must run with the same OSS_TICKET_SECRETS, OSS_PUBLIC_URL and OSS_ENVIRONMENT (or NODE_ENV) as the doctor.',
  ],
  [
    /status : 40[45]/i,
    'There is no @OssCallback route at the callback URL: correct OSS_CALLBACK_URL.',
  ],
  [
    /status : 409/i,
    'The app does not find the uploaded object: its OSS_BUCKET or endpoint differs from the ones here.',
  ],
  [
    /status : 502/i,
    'OSS cannot connect to the callback URL: open the firewall, and check TLS and the server name.',
  ],
  [/status : 5\d\d/i, 'The app failed: its log says why.'],
  [
    /status : -1|time ?out/i,
    'OSS gets no response within 5 seconds: open the firewall to OSS, and check how long the app takes.',
  ],
  [/private address/i, 'OSS only calls public addresses: set OSS_PUBLIC_URL to one.'],
];

/** @param known what the app's database has about this upload, if it could be queried */
export function judgeLiveAnswer(
  result: OssResult,
  known: {
    object: string;
    uploadId: string;
    rejection: Rejection | undefined;
    record: string | undefined;
  },
): Judgement {
  const { object, uploadId, rejection, record } = known;
  if (!result.ok) {
    return {
      status: 'failed',
      message: `The upload of ${object} got no response: ${result.reason}.`,
      fix: 'Fix the failed checks of the bucket first, and try again.',
    };
  }
  if (result.status === 200) {
    const recorded =
      record === undefined
        ? `the record is ${uploadId}`
        : `the record ${uploadId} is ${quoted(record).text}`;
    return {
      status: 'ok',
      message: `OSS stored ${object} and called the app, which recorded the upload (${recorded}; it is not deleted). The signature is valid, so publicPath is right.`,
    };
  }
  const said = describeAnswer(result);
  if (result.status !== 203) {
    return {
      status: 'failed',
      message: `OSS did not store ${object}: ${said}.`,
      fix: fixFor(result, 'Look up the error code in the documentation of OSS.'),
    };
  }
  const reason = rejection ? ` The app recorded ${rejection.code}: ${rejection.reason}` : '';
  const text = result.error?.message ?? '';
  return {
    status: 'failed',
    message: `OSS stored ${object}, but its callback failed: ${said}.${reason}`,
    fix:
      FIXES.find(([pattern]) => pattern.test(text))?.[1] ?? "See OSS's message and the app's log.",
  };
}
