import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { variableOf } from './option-variable.js';

const documented = readFileSync('.env.example', 'utf8');

it.each([
  ['publicUrl', 'OSS_PUBLIC_URL'],
  ['buckets', 'OSS_BUCKET'],
  ['buckets.main.bucket', 'OSS_BUCKET'],
  ['buckets.main.internalEndpoint', 'OSS_INTERNAL_ENDPOINT'],
  ['credentials', 'OSS_ACCESS_KEY_ID'],
  ['credentials.accessKeySecret', 'OSS_ACCESS_KEY_SECRET'],
  ['credentials.securityToken', 'OSS_SECURITY_TOKEN'],
  ['sts.roleArn', 'OSS_STS_ROLE_ARN'],
  ['sts.durationSeconds', 'OSS_STS_DURATION_SECONDS'],
  ['tickets.secrets', 'OSS_TICKET_SECRETS'],
  ['tickets.secrets[1]', 'OSS_TICKET_SECRETS'],
  ['tickets.acceptForSeconds', 'OSS_TICKETS_ACCEPT_FOR_SECONDS'],
  ['callback.url', 'OSS_CALLBACK_URL'],
  ['environment', 'OSS_ENVIRONMENT'],
  ['expiresInSeconds', 'OSS_EXPIRES_IN_SECONDS'],
  ['confirmObject', 'OSS_CONFIRM_OBJECT'],
  ['answerWithinMs', 'OSS_ANSWER_WITHIN_MS'],
  ['maxCallbacksInFlight', 'OSS_MAX_CALLBACKS_IN_FLIGHT'],
  ['handlers.timeoutSeconds', 'OSS_HANDLER_TIMEOUT_SECONDS'],
  ['reconciliation.maxPerRun', 'OSS_RECONCILIATION_MAX_PER_RUN'],
  ['publicKeys.trustedHosts[0]', 'OSS_PUBLIC_KEYS_TRUSTED_HOSTS'],
  ['publicKeys.fingerprints[2]', 'OSS_PUBLIC_KEYS_FINGERPRINTS'],
  ['rejections.maxRows', 'OSS_REJECTIONS_MAX_ROWS'],
  ['localOss', 'OSS_LOCAL_URL'],
  ['localOss.url', 'OSS_LOCAL_URL'],
  ['OSS_HANDLERS', 'OSS_HANDLERS'],
])('%s is set by %s, which is documented', (option, variable) => {
  expect(variableOf(option, {})).toBe(variable);
  expect(documented).toMatch(new RegExp(`^${variable}=`, 'm'));
});

it('of several buckets each has variables of its own', () => {
  const env = { OSS_BUCKETS: 'avatars,big-videos' };
  expect(variableOf('buckets.avatars.endpoint', env)).toBe('OSS_AVATARS_ENDPOINT');
  expect(variableOf('buckets.big-videos.sts.roleArn', env)).toBe('OSS_BIG_VIDEOS_STS_ROLE_ARN');
});
