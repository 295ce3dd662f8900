import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { judgeCertificate } from './checks/check-tls.js';
import { checkClock } from './checks/check-clock.js';
import { secretsOf } from './doctor-settings.js';
import { judgePath } from './checks/check-route.js';
import { judgeLiveAnswer } from './live/judge-live.js';
import { judgeForged, judgeUnsigned } from './checks/judge-probe.js';
import { DoctorReport } from './report.js';
import type { ProbeAnswer } from './network/send-probe.js';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ProbeAnswer {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const length = { 'content-length': String(bytes.byteLength) };
  return { status, headers: { ...length, ...headers }, body: bytes };
}

const json = { 'content-type': 'application/json' };
const refusal = (code: string) => ({ code, message: 'No.' });

describe('the answer to an unsigned callback', () => {
  it.each([
    [
      'the refusal',
      answer(401, refusal('SIGNATURE_MISSING'), json),
      'ok',
      /in the form that OSS requires/,
    ],
    [
      'another status',
      answer(403, refusal('SIGNATURE_MISSING'), json),
      'failed',
      /403 with the code/,
    ],
    ['another code', answer(503, refusal('OVERLOADED'), json), 'failed', /"OVERLOADED"/],
    [
      'compressed',
      answer(401, refusal('SIGNATURE_MISSING'), { ...json, 'content-encoding': 'gzip' }),
      'failed',
      /"gzip"/,
    ],
    ['a gateway', answer(502, '<html>Bad Gateway</html>'), 'failed', /HTML page/],
    ['a gateway without a page', answer(504, ''), 'failed', /fails/],
    [
      "an app's own guard",
      answer(401, { statusCode: 401, message: 'Unauthorized' }, json),
      'failed',
      /not with the JSON/,
    ],
    ['a method that is not allowed', answer(405, ''), 'failed', /no @OssCallback route/],
    [
      'an HTML page of 404',
      answer(404, '<!doctype html>'),
      'failed',
      /404: there is no @OssCallback route/,
    ],
    ['a terminal escape', answer(302, '', { location: '\u001b[2J' }), 'failed', /\\u001b/],
  ] as const)('%s', (_what, given, status, message) => {
    const judged = judgeUnsigned('/oss/callback', given);
    expect(judged.status).toBe(status);
    expect(judged.message).toMatch(message);
    expect(judged.fix === undefined).toBe(status === 'ok');
  });
});

it.each([
  [answer(403, refusal('SIGNATURE_INVALID'), json), 'ok', /reach the app/],
  [answer(403, refusal('KEY_NOT_TRUSTED'), json), 'ok', /reach the app/],
  [answer(401, refusal('SIGNATURE_MISSING'), json), 'failed', /removes/],
  [answer(200, {}, json), 'failed', /forged callbacks are accepted/],
  [answer(401, '<html>'), 'failed', /instead of 403/],
] as const)('the answer to a forged callback: %#', (given, status, message) => {
  const judged = judgeForged('/oss/callback', given);
  expect(judged.status).toBe(status);
  expect(judged.message).toMatch(message);
});

it.each([
  ['/a/cb?x=1', '/a/cb', 'ok', /as requested/],
  ['/api/cb', '/cb', 'warning', /addPrefix: "\/api"/],
  ['/cb', '/internal/cb', 'warning', /removePrefix: "\/internal"/],
  ['/a', '/b', 'warning', /a function/],
  ['/cb', undefined, 'skipped', /--live/],
] as const)('the path %s that the app sees as %s', (requested, seen, status, text) => {
  const judged = judgePath(requested, seen, false);
  expect(judged.status).toBe(status);
  expect(`${judged.message} ${judged.fix}`).toMatch(text);
});

it.each([
  [10, 'warning', /valid for 10 more days/],
  [15, 'ok', /valid for 15 more days/],
  [-1, 'failed', /expired/],
] as const)('a certificate that is valid for %i more days', (days, status, message) => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const certificate = {
    valid_from: 'Jan  1 00:00:00 2025 GMT',
    valid_to: new Date(nowMs + days * 86_400_000).toUTCString(),
    subject: { CN: 'api.example.com' },
    subjectaltname: 'DNS:api.example.com',
  } as unknown as PeerCertificate;
  const judged = judgeCertificate(
    'api.example.com',
    { ok: true, certificate, distrust: undefined },
    nowMs,
  );
  expect(judged.status).toBe(status);
  expect(judged.message).toMatch(message);
});

it.each([
  [0, 'ok', /by less than a second/],
  [30, 'ok', /30 s ahead/],
  [-30, 'ok', /30 s behind/],
  [14 * 60, 'warning', /14 minutes ahead/],
  [-16 * 60, 'failed', /16 minutes behind/],
] as const)('a clock that is %i seconds ahead', (seconds, status, message) => {
  const ossMs = Date.parse('2026-01-01T00:00:00Z');
  const localMs = ossMs + seconds * 1000 + (seconds > 0 ? 1000 : 0);
  const report = new DoctorReport({ write: () => undefined }, 'json', []);
  const headers = { date: new Date(ossMs).toUTCString() };
  const given = { ok: true, status: 404, headers, text: '', error: undefined } as const;
  checkClock({ answer: given, askedAtMs: localMs, answeredAtMs: localMs }, report);
  expect(report.checks).toMatchObject([{ id: 'clock', status }]);
  expect(report.checks[0]?.message).toMatch(message);
});

it.each([
  ['Error status : 301.', /does not follow redirects/],
  ['Error status : 400.', /--variable/],
  ['Error status : 403.', /publicPath/],
  ['Error status : 404.', /OSS_CALLBACK_URL/],
  ['Error status : 409.', /OSS_BUCKET/],
  ['Error status : 502.', /cannot connect/],
  ['Error status : 503.', /The app failed/],
  ['Error status : -1.', /within 5 seconds/],
  ['Something new.', /OSS's message/],
])('a callback that failed with "%s"', (text, fix) => {
  const error = { code: 'CallbackFailed', message: text };
  const given = { ok: true, status: 203, headers: {}, text: '', error } as const;
  const known = { object: 'o', uploadId: 'u', rejection: undefined, record: undefined };
  const judged = judgeLiveAnswer(given, known);
  expect(judged).toMatchObject({ status: 'failed', fix: expect.stringMatching(fix) as string });
  expect(judged.message).toContain(text);
});

it('secrets are keys, ticket secrets, and the passwords of every URL', () => {
  const secrets = secretsOf({
    env: {
      OSS_ACCESS_KEY_SECRET: ' the-key ',
      OSS_SECURITY_TOKEN: 'the-token',
      OSS_TICKET_SECRETS: 'first, second',
      OSS_CALLBACK_URL: 'https://me:of-a-callback@a.example/cb',
      OSS_PUBLIC_URL: 'https://a.example:8443/x@y',
      OSS_BUCKET: 'uploads',
    },
    databaseUrl: 'postgres://app:of%2Fa%2Fdatabase@db/app',
  });
  expect(secrets.toSorted()).toEqual(
    [
      'first',
      'of%2Fa%2Fdatabase',
      'of-a-callback',
      'of/a/database',
      'of-a-callback',
      'second',
      'the-key',
      'the-token',
    ].toSorted(),
  );
});

it('the report prints no secret and nothing that a terminal obeys', () => {
  let text = '';
  const report = new DoctorReport({ write: (piece) => void (text += piece) }, 'text', ['s3cret']);
  report.add({ id: 'a', status: 'failed', message: 'is s3cret\u001b[2J', fix: 'not s3cret' });
  expect(report.end()).toBe(false);
  expect(text).toBe(
    'FAILED   a: is (secret)\\u001b[2J\n         to fix it: not (secret)\n\n1 failed, 0 warnings, 0 ok, 0 skipped\n',
  );
});
