import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findMistakes } from './find-mistakes.js';
import { variableOf } from './option-variable.js';

const good = {
  OSS_PUBLIC_URL: 'https://api.example.com',
  OSS_BUCKET: 'uploads',
  OSS_REGION: 'cn-hangzhou',
  OSS_ACCESS_KEY_ID: 'LTAI-doctor',
  OSS_ACCESS_KEY_SECRET: 'v3rys3cret',
  OSS_TICKET_SECRETS: 'Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA==',
};
/** What takes any text, or says nothing while another variable is empty. */
const FREE =
  /^OSS_(ACCESS_KEY_ID|ACCESS_KEY_SECRET|SECURITY_TOKEN|ENVIRONMENT|BUCKETS|STS_(ENDPOINT|DURATION_SECONDS|SESSION_NAME))$/;
const variables = [...readFileSync('.env.example', 'utf8').matchAll(/^(OSS_\w+)=/gm)].map(
  ([, name = '']) => name,
);

it('there are none where all is good', () => {
  expect(findMistakes(good).mistakes).toEqual([]);
});

it.each(variables.filter((name) => !FREE.test(name)))('%s that is wrong is named', (name) => {
  const { mistakes } = findMistakes({ ...good, [name]: '?' });
  expect(mistakes.map(({ option }) => variableOf(option, good))).toEqual([name]);
});

it.each(['DURATION_SECONDS', 'SESSION_NAME', 'ENDPOINT'])('OSS_STS_%s that is wrong', (name) => {
  const role = { OSS_STS_ROLE_ARN: 'acs:ram::1:role/uploader' };
  const { mistakes } = findMistakes({ ...good, ...role, [`OSS_STS_${name}`]: '7' });
  expect(mistakes.map(({ option }) => variableOf(option, good))).toEqual([`OSS_STS_${name}`]);
});

it('every one is named where all are wrong, and no secret is', () => {
  const wrong = Object.fromEntries(variables.map((name) => [name, '?']));
  const { mistakes } = findMistakes({ ...wrong, OSS_BUCKETS: '', OSS_TICKET_SECRETS: 's3cret,x2' });
  const named = new Set(mistakes.map(({ option }) => variableOf(option, good)));
  const expected = variables.filter((name) => !FREE.test(name));
  expect([...named].toSorted()).toEqual(expect.arrayContaining(expected.toSorted()));
  expect(mistakes.filter(({ option }) => option.startsWith('tickets.secrets'))).toHaveLength(2);
  expect(JSON.stringify(mistakes)).not.toContain('s3cret');
});
