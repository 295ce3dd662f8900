import type { CallbackBodyValues } from '../protocol/callback/callback-body.js';
import {
  CUSTOM_VARIABLE_PREFIX,
  NUMERIC_SYSTEM_VARIABLES,
  SYSTEM_VARIABLE_NAMES,
} from '../protocol/callback/system-variables.js';
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

/** Variables of a body whose names differ from the variable's own: name to variable, `uid` to `x:user_id`. */
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
  const texts = new Map<keyof SystemVariablesDto, string>();
  const variables = Object.create(null) as Record<string, string>;
  const others = Object.create(null) as Record<string, string>;
  for (const [name, value] of values) {
    if (value === null || value === '' || name === TICKET_NAME) continue;
    const meaning = meaningOf(variableOf(name, values, names));
    const { property } = meaning;
    // An unset number in quotes of a JSON template may arrive as the text "null".
    if (meaning.kind === 'system' && meaning.isNumeric && value === 'null') continue;
    const isTaken =
      meaning.kind === 'system'
        ? texts.has(meaning.property)
        : property in variables || property in others;
    if (isTaken) {
      return {
        ok: false,
        problem: `two names in the body stand for the variable ${JSON.stringify(property.slice(0, 64))}`,
      };
    }
    if (meaning.kind === 'system') texts.set(meaning.property, value);
    else (meaning.kind === 'custom' ? variables : others)[property] = value;
  }
  // Templates may add quotes or lower-case letters to the ETag: it is normalized.
  const etag = texts.get('etag');
  if (etag !== undefined) texts.set('etag', etag.replaceAll('"', '').toUpperCase());
  const read = readSystemVariables(texts);
  if (!read.ok) return read;
  return {
    ok: true,
    system: read.system,
    variables,
    others,
    ticket: values.get(TICKET_NAME) ?? undefined,
  };
}

/** The variable of a name: as declared, by its own name, or as in the vendor's samples. */
function variableOf(name: string, values: CallbackBodyValues, names: BodyNames): string {
  const declared = names.get(name);
  if (declared !== undefined) return declared;
  const alias = SYSTEM_VARIABLE_ALIASES.get(name);
  if (alias === undefined) return name;
  const isNamed = values.has(alias) || [...names.values()].includes(alias);
  return isNamed ? name : alias;
}

/** The property that takes the value of a variable. */
type Meaning =
  | { kind: 'system'; property: keyof SystemVariablesDto; isNumeric: boolean }
  | { kind: 'custom' | 'other'; property: string };

/** A bounded cache: callbacks of an app have the same names, but any OSS customer can have OSS sign others. */
const meanings = new Map<string, Meaning>(
  SYSTEM_VARIABLE_NAMES.map((variable) => [
    variable,
    {
      kind: 'system',
      property: SYSTEM_VARIABLE_PROPERTIES[variable],
      isNumeric: NUMERIC_SYSTEM_VARIABLES.has(variable),
    },
  ]),
);
const MAX_MEANINGS = 1_000;
const MAX_KEPT_NAME_LENGTH = 128;

function meaningOf(variable: string): Meaning {
  const known = meanings.get(variable);
  if (known) return known;
  const name = Buffer.from(variable).toString(); // a slice would keep the whole body in memory
  const kind = name.startsWith(CUSTOM_VARIABLE_PREFIX) ? 'custom' : 'other';
  const meaning: Meaning = { kind, property: toPropertyName(name) };
  if (meanings.size < MAX_MEANINGS && name.length <= MAX_KEPT_NAME_LENGTH) {
    meanings.set(name, meaning);
  }
  return meaning;
}
