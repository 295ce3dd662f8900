import { quoted } from '../../../common/log-text.js';
import type { OssResult } from '../network/ask-oss.js';
import type { Rejection } from '../network/doctor-database.js';
import type { Judgement } from '../checks/judge-probe.js';
import { cureOf, describeAnswer } from '../network/oss-answers.js';

/** What to look at, by the status that the app answered OSS with. */
const CURES: readonly [status: RegExp, cure: string][] = [
  [
    /status : 3\d\d/i,
    'The callback URL is redirected, and OSS follows no redirect: write the URL that it leads to.',
  ],
  [
    /status : 400/i,
    "The app refuses the body. Where the route's DTO asks for variables, give them with --variable; its log says more.",
  ],
  [
    /status : 40[13]/i,
    'The app refuses the callback; its log says why. A proxy that changes the path needs the option publicPath; the app must have the same OSS_TICKET_SECRETS, OSS_PUBLIC_URL and OSS_ENVIRONMENT (or NODE_ENV) as the doctor.',
  ],
  [
    /status : 40[45]/i,
    'OSS reaches no @OssCallback route at the callback URL: correct OSS_CALLBACK_URL.',
  ],
  [
    /status : 409/i,
    'The app does not find the object as it was uploaded: its OSS_BUCKET or endpoint differs from those here.',
  ],
  [
    /status : 502/i,
    'OSS cannot connect to the callback URL from outside: open the firewall, and look at TLS and the server name.',
  ],
  [/status : 5\d\d/i, 'The app cannot answer now: its log says why.'],
  [
    /status : -1|time ?out/i,
    'OSS gets no answer within 5 seconds: open the firewall to OSS, and look how long the app takes.',
  ],
  [/private address/i, 'OSS calls public addresses alone: set OSS_PUBLIC_URL to one.'],
];

/** @param known what the app's database tells of this upload, where it could be asked */
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
      message: `The upload of ${object} got no answer: ${result.reason}.`,
      cure: 'Mend the checks of the bucket first, and try again.',
    };
  }
  if (result.status === 200) {
    const recorded =
      record === undefined
        ? `the record is ${uploadId}`
        : `the record ${uploadId} is ${quoted(record)}`;
    return {
      status: 'ok',
      message: `OSS stored ${object}, called the app, and the app took it (${recorded}; the record stays). The signature holds, so the path arrives as it was requested, or publicPath mends it.`,
    };
  }
  const said = describeAnswer(result);
  if (result.status !== 203) {
    return {
      status: 'failed',
      message: `OSS did not store ${object}: ${said}.`,
      cure: cureOf(result, 'See the meaning of the code in the documents of OSS.'),
    };
  }
  const reason = rejection ? ` The app noted ${rejection.code}: ${rejection.reason}` : '';
  const text = result.error?.message ?? '';
  return {
    status: 'failed',
    message: `OSS stored ${object}, but its callback failed: ${said}.${reason}`,
    cure:
      CURES.find(([pattern]) => pattern.test(text))?.[1] ?? "See what OSS says, and the app's log.",
  };
}
