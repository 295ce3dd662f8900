import type { ResolvedCallback } from '../../options/resolved.js';
import { extendCallbackTemplate } from '../../protocol/callback/callback-template.js';
import {
  NUMERIC_SYSTEM_VARIABLES,
  SYSTEM_VARIABLE_NAMES,
  type SystemVariableName,
} from '../../protocol/callback/system-variables.js';
import { TICKET_NAME } from '../../variables/variable-names.js';

/** The size is always there and small enough; the others may be missing, or lose digits as a JSON number. */
const JSON_QUOTED: ReadonlySet<SystemVariableName> = new Set(
  [...NUMERIC_SYSTEM_VARIABLES].filter((name) => name !== 'size'),
);

/**
 * The body that OSS is asked to send: the app's template, or every system variable by its own name; then what a
 * record needs and the template leaves out, the upload's custom variables, and the ticket as a constant, so that
 * whatever pins the callback pins the ticket too.
 *
 * @param variableNames with their `x:`
 */
export function callbackBodyTemplate(
  { bodyType, template, names }: Pick<ResolvedCallback, 'bodyType' | 'template' | 'names'>,
  variableNames: readonly string[],
  ticket: string,
): string {
  const delivered = new Set<string>(
    template ? ownVariables(template, names) : SYSTEM_VARIABLE_NAMES,
  );
  const missing = ['bucket', 'object', ...variableNames].filter((name) => !delivered.has(name));
  return extendCallbackTemplate(template?.body ?? defaultTemplate(bodyType), bodyType, [
    ...missing.map((variable) => [variable, { variable }] as const),
    [TICKET_NAME, { constant: ticket }],
  ]);
}

/** The variables that a template delivers whole, under whatever name. */
function ownVariables(
  { bodyNames }: NonNullable<ResolvedCallback['template']>,
  names: ResolvedCallback['names'],
): string[] {
  return [...bodyNames].flatMap((name) => names.get(name) ?? []);
}

/**
 * In JSON only numbers stand in quotes: `crc64` would lose digits, and width and height may be nothing at all.
 * String variables never do, since OSS writes their quotes itself.
 */
function defaultTemplate(bodyType: ResolvedCallback['bodyType']): string {
  if (bodyType !== 'application/json') {
    return SYSTEM_VARIABLE_NAMES.map((name) => `${name}=\${${name}}`).join('&');
  }
  const pairs = SYSTEM_VARIABLE_NAMES.map((name) =>
    JSON_QUOTED.has(name) ? `"${name}":"\${${name}}"` : `"${name}":\${${name}}`,
  );
  return `{${pairs.join(',')}}`;
}
