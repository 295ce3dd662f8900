import type { CallbackBodyValues } from '../protocol/callback-body.js';
import {
  CUSTOM_VARIABLE_PREFIX,
  isSystemVariableName,
  NUMERIC_SYSTEM_VARIABLES,
} from '../protocol/system-variables.js';
import type { CustomVariableTexts } from './custom-variables.js';
import { readSystemVariables } from './read-system-variables.js';
import type { SystemVariablesDto } from './system-variables.dto.js';
import {
  SYSTEM_VARIABLE_ALIASES,
  SYSTEM_VARIABLE_PROPERTIES,
  TICKET_NAME,
  toPropertyName,
} from './variable-names.js';

export type CallbackBodyRead =
  | {
      ok: true;
      system: SystemVariablesDto;
      /** Values of `x:` variables by property name; a ticket covers these. */
      variables: CustomVariableTexts;
      /** Values of names that are no variable of OSS, such as constants of a template; no ticket covers these. */
      others: CustomVariableTexts;
      ticket?: string;
    }
  | { ok: false; problem: string };

/** What names of a body mean where it is not their own name: name to variable, `uid` to `x:user_id`. */
export type BodyNames = ReadonlyMap<string, string>;

const NO_NAMES: BodyNames = new Map();

/**
 * Sorts the names of a body into system variables, custom variables and the ticket. Bucket and object are empty
 * where the body does not name them.
 */
export function readCallbackVariables(
  values: CallbackBodyValues,
  names: BodyNames = NO_NAMES,
): CallbackBodyRead {
  const plain: Record<string, string> = {};
  const variables = Object.create(null) as Record<string, string>;
  const others = Object.create(null) as Record<string, string>;
  for (const [name, value] of values) {
    if (value === null || value === '' || name === TICKET_NAME) continue;
    const variable = variableOf(name, values, names);
    const isSystem = isSystemVariableName(variable);
    // An unset number in a quoted place of a JSON template may come as the word.
    if (isSystem && value === 'null' && NUMERIC_SYSTEM_VARIABLES.has(variable)) continue;
    const property = isSystem ? SYSTEM_VARIABLE_PROPERTIES[variable] : toPropertyName(variable);
    const isTaken = isSystem ? property in plain : property in variables || property in others;
    if (isTaken) {
      return { ok: false, problem: `two names of the body mean the variable "${property}"` };
    }
    if (isSystem) plain[property] = value;
    else if (variable.startsWith(CUSTOM_VARIABLE_PREFIX)) variables[property] = value;
    else others[property] = value;
  }
  // Not every template asks OSS for the ETag as OSS writes it: quotes and lower case are taken off.
  if (plain.etag) plain.etag = plain.etag.replaceAll('"', '').toUpperCase();
  const read = readSystemVariables(plain);
  if (!read.ok) return read;
  return {
    ok: true,
    system: read.system,
    variables,
    others,
    ticket: values.get(TICKET_NAME) ?? undefined,
  };
}

/** What a name means: as declared, or by itself, or as in the vendor's samples. */
function variableOf(name: string, values: CallbackBodyValues, names: BodyNames): string {
  const declared = names.get(name);
  if (declared !== undefined) return declared;
  const alias = Object.hasOwn(SYSTEM_VARIABLE_ALIASES, name)
    ? SYSTEM_VARIABLE_ALIASES[name]
    : undefined;
  const isNamed = alias !== undefined && (values.has(alias) || [...names.values()].includes(alias));
  return alias !== undefined && !isNamed ? alias : name;
}
