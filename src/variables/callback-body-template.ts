import type { ResolvedCallback } from '../options/resolved.js';
import type { CallbackParameter } from '../protocol/callback/callback-parameter.js';
import { extendCallbackTemplate } from '../protocol/callback/callback-template.js';
import {
  NUMERIC_SYSTEM_VARIABLES,
  SYSTEM_VARIABLE_NAMES,
  type SystemVariableName,
} from '../protocol/callback/system-variables.js';
import { TICKET_NAME } from './variable-names.js';

/** The size is always set and small enough for a JSON number; the others may be unset, or lose digits. */
const JSON_QUOTED: ReadonlySet<SystemVariableName> = new Set(
  [...NUMERIC_SYSTEM_VARIABLES].filter((name) => name !== 'size'),
);

/**
 * The callback parameter of an upload.
 * @param urls complete
 * @param variableNames with their `x:`
 */
export function callbackParameter(
  callback: ResolvedCallback,
  urls: string[],
  variableNames: readonly string[],
  ticket: string,
): CallbackParameter {
  return {
    urls,
    host: callback.host,
    body: callbackBodyTemplate(callback, variableNames, ticket),
    bodyType: callback.bodyType,
    sni: callback.sni ?? (urls.some((url) => url.startsWith('https:')) || undefined),
  };
}

/**
 * The body that OSS sends: the app's template, or every system variable by its own name; then what a record needs and
 * the template leaves out, the upload's custom variables, and the ticket. The ticket is a constant, so that pinning the
 * callback pins the ticket too.
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

/** The variables whose values a template contains unchanged, under any name. */
function ownVariables(
  { bodyNames }: NonNullable<ResolvedCallback['template']>,
  names: ResolvedCallback['names'],
): string[] {
  return [...bodyNames].flatMap((name) => names.get(name) ?? []);
}

/**
 * In JSON only numbers are quoted: `crc64` would lose digits, and OSS may write nothing for width and height. OSS quotes
 * strings itself.
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
