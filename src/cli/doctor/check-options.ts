import { bootWarnings } from '../../options/validation.js';
import type { CheckSink } from './check.js';
import type { Environment, ReadOptions } from './find-mistakes.js';
import { variableOf } from './option-variable.js';

/** Every mistake in the options by name, and what the app warns of when it starts. */
export function checkOptions(
  { mistakes, options }: ReadOptions,
  env: Environment,
  sink: CheckSink,
): void {
  for (const { option, problem } of mistakes) {
    const variable = variableOf(option, env);
    sink.add({
      id: `options.${option}`,
      status: 'failed',
      message: `The option "${option}" ${problem}`,
      cure: `Set ${variable} in the environment, or in the file of --env-file.`,
    });
  }
  if (mistakes.length > 0) return;
  sink.add({
    id: 'options',
    status: 'ok',
    message: `The options are complete; the buckets are ${[...options.buckets.values()]
      .map(({ name, bucket, endpoint }) => `${name} (${bucket} at ${endpoint})`)
      .join(', ')}, the environment is "${options.environment}".`,
  });
  for (const warning of bootWarnings(options)) {
    sink.add({
      id: 'options.warning',
      status: 'warning',
      message: warning,
      cure: 'Change the option, or leave it where this is meant.',
    });
  }
}
