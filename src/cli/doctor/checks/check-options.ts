import type { CheckedOptions } from '../../../options/validation.js';
import { bootWarnings } from '../../../options/warnings.js';
import type { DoctorReport } from '../report.js';
import type { DoctorSettings } from '../doctor-settings.js';

/** Every mistake in the options, and the warnings that the app logs when it starts. */
export function checkOptions(
  { resolved, mistakes }: CheckedOptions,
  { env, callbackUrl }: Pick<DoctorSettings, 'env' | 'callbackUrl'>,
  report: DoctorReport,
): void {
  for (const { option, problem, variable = '' } of mistakes) {
    report.failed(
      `options.${option}`,
      `The option "${option}" ${problem}`,
      variable === 'OSS_CALLBACK_URL' && callbackUrl !== undefined
        ? 'Change --callback-url.'
        : `${env[variable]?.trim() ? 'Change' : 'Set'} ${variable} in the environment, or in the file that --env-file names.`,
    );
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
