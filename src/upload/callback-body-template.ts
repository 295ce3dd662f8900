import type { CallbackBodyType } from '../protocol/callback-parameter.js';
import {
  NUMERIC_SYSTEM_VARIABLES,
  SYSTEM_VARIABLE_NAMES,
  type SystemVariableName,
} from '../protocol/system-variables.js';
import { TICKET_NAME } from '../variables/variable-names.js';

/** The size is always there and small enough; the others may be missing, or lose digits as a JSON number. */
const JSON_QUOTED: ReadonlySet<SystemVariableName> = new Set(
  [...NUMERIC_SYSTEM_VARIABLES].filter((name) => name !== 'size'),
);

/**
 * The body that OSS is asked to send: every system variable, the upload's custom variables, and the ticket as a
 * constant, so that whatever pins the callback pins the ticket too.
 *
 * In JSON only numbers stand in quotes: `crc64` would lose digits, and width and height may be nothing at all.
 * String variables never do, since OSS writes their quotes itself.
 */
export function callbackBodyTemplate(
  bodyType: CallbackBodyType,
  variableNames: readonly string[],
  ticket: string,
): string {
  const names = [...SYSTEM_VARIABLE_NAMES, ...variableNames];
  if (bodyType === 'application/json') {
    const pairs = names.map((name) =>
      JSON_QUOTED.has(name as SystemVariableName)
        ? `"${name}":"\${${name}}"`
        : `"${name}":\${${name}}`,
    );
    return `{${[...pairs, `"${TICKET_NAME}":"${ticket}"`].join(',')}}`;
  }
  return [...names.map((name) => `${name}=\${${name}}`), `${TICKET_NAME}=${ticket}`].join('&');
}
