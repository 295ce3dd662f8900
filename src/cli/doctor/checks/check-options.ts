import type { CheckedOptions } from '../../../options/validation.js';
import { bootWarnings } from '../../../options/warnings.js';
import type { CheckSink } from '../check.js';
import type { Environment } from '../doctor-settings.js';

/** Every mistake in the options, and what the app warns of when it starts. */
export function checkOptions(
  { resolved, mistakes }: CheckedOptions,
  env: Environment,
  sink: CheckSink,
): void {
  for (const { option, problem, variable = '' } of mistakes) {
    sink.add({
      id: `options.${option}`,
      status: 'failed',
      message: `The option "${option}" ${problem}`,
      cure: `${env[variable]?.trim() ? 'Change' : 'Set'} ${variable} in the environment, or in the file of --env-file.`,
    });
  }
  if (!resolved.ok) return;
  const { buckets, environment } = resolved.value;
  sink.add({
    id: 'options',
    status: 'ok',
    message: `The options are complete; the buckets are ${[...buckets.values()]
      .map(({ name, bucket, endpoint }) => `${name} (${bucket} at ${endpoint})`)
      .join(', ')}, the environment is "${environment}".`,
  });
  for (const warning of bootWarnings(resolved.value)) {
    sink.add({
      id: 'options.warning',
      status: 'warning',
      message: warning,
      cure: 'Change the option, or leave it if this is intended.',
    });
  }
}
