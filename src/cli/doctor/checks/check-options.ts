import type { CheckedOptions } from '../../../options/validation.js';
import { bootWarnings } from '../../../options/warnings.js';
import type { DoctorReport } from '../report.js';
import type { DoctorSettings } from '../doctor-settings.js';

/** What a variable that has to be set holds. */
const NEEDED: Readonly<Record<string, string>> = {
  OSS_PUBLIC_URL:
    'the scheme and host under which OSS reaches the app, such as https://api.example.com',
  'OSS_BUCKET and OSS_REGION': "the bucket's name and its region, such as cn-hangzhou",
  'OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET':
    'an access key of a RAM user that may use the bucket',
  OSS_TICKET_SECRETS: 'a secret, for example from openssl rand -base64 32',
};

/** Every mistake in the options, and the warnings that the app logs when it starts. */
export function checkOptions(
  { resolved, mistakes }: CheckedOptions,
  { env, callbackUrl }: Pick<DoctorSettings, 'env' | 'callbackUrl'>,
  report: DoctorReport,
): void {
  if (!Object.keys(env).some((name) => name.startsWith('OSS_') && env[name]?.trim())) {
    report.failed(
      'environment',
      "None of the app's OSS_* variables is set here.",
      'Run the doctor where the app runs, or pass its env file: --env-file .env. The package has an .env.example with all of them.',
    );
  }
  for (const { option, problem, variable = '' } of mistakes) {
    const needed = isUnset(variable, env) ? NEEDED[variable] : undefined;
    if (needed !== undefined) {
      report.failed(
        `options.${option}`,
        `${variable} ${variable.includes(' and ') ? 'are' : 'is'} not set.`,
        `Set ${variable} in the environment, or in the file that --env-file names, to ${needed}.`,
      );
    } else if (variable === 'OSS_CALLBACK_URL' && callbackUrl !== undefined) {
      report.failed(`options.${option}`, `--callback-url ${problem}`, 'Change --callback-url.');
    } else {
      report.failed(
        `options.${option}`,
        `${variable} (the option "${option}") ${problem}`,
        `${isUnset(variable, env) ? 'Set' : option === 'localOss' ? 'Remove' : 'Change'} ${variable} in the environment, or in the file that --env-file names.`,
      );
    }
  }
  if (!resolved.ok) return;
  const { buckets, environment } = resolved.value;
  report.ok(
    'options',
    `The options are valid. Buckets: ${[...buckets.values()]
      .map(({ name, bucket, endpoint }) => `${name} (${bucket} at ${endpoint})`)
      .join(', ')}. Environment: "${environment}".`,
  );
  for (const warning of bootWarnings(resolved.value)) {
    report.warning(
      'options.warning',
      warning,
      'Change the option, or leave it if this is intended.',
    );
  }
}

/** @param variable one name, or two joined by "and" */
function isUnset(variable: string, env: DoctorSettings['env']): boolean {
  return variable.split(' and ').every((name) => !env[name]?.trim());
}
