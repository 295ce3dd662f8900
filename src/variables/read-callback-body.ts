import { plainToInstance } from 'class-transformer';
import type { CallbackBodyValues } from '../protocol/callback-body.js';
import { isSystemVariableName, NUMERIC_SYSTEM_VARIABLES } from '../protocol/system-variables.js';
import { type CustomVariableTexts, findProblem } from './custom-variables.js';
import { SystemVariablesDto } from './system-variables.dto.js';
import {
  SYSTEM_VARIABLE_ALIASES,
  SYSTEM_VARIABLE_PROPERTIES,
  TICKET_NAME,
  toPropertyName,
} from './variable-names.js';

export type CallbackBodyRead =
  | { ok: true; system: SystemVariablesDto; variables: CustomVariableTexts; ticket?: string }
  | { ok: false; problem: string };

/**
 * Sorts the names of a body into system variables, custom variables and the ticket. Bucket and object are empty
 * where the body does not name them.
 */
export function readCallbackVariables(values: CallbackBodyValues): CallbackBodyRead {
  const plain: Record<string, string> = { bucket: '', object: '' };
  const variables: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of values) {
    if (value === null || value === '' || name === TICKET_NAME) continue;
    const alias = Object.hasOwn(SYSTEM_VARIABLE_ALIASES, name)
      ? SYSTEM_VARIABLE_ALIASES[name]
      : undefined;
    const systemName = isSystemVariableName(name)
      ? name
      : alias && !values.has(alias)
        ? alias
        : undefined;
    if (systemName) {
      // An unset number in a quoted place of a JSON template may come as the word.
      if (value === 'null' && NUMERIC_SYSTEM_VARIABLES.has(systemName)) continue;
      plain[SYSTEM_VARIABLE_PROPERTIES[systemName]] = value;
      continue;
    }
    const property = toPropertyName(name);
    if (property in variables) {
      return { ok: false, problem: `two names of the body mean the variable "${property}"` };
    }
    variables[property] = value;
  }
  // Not every template asks OSS for the ETag as OSS writes it: quotes and lower case are taken off.
  if (plain.etag) plain.etag = plain.etag.replaceAll('"', '').toUpperCase();
  const system = plainToInstance(SystemVariablesDto, plain);
  const problem = findProblem(system);
  if (problem) return { ok: false, problem };
  return { ok: true, system, variables, ticket: values.get(TICKET_NAME) ?? undefined };
}
