import { parseCallbackBody } from './callback-body.js';
import {
  type CallbackBodyType,
  type CallbackValue,
  findTemplateProblem,
  PLACEHOLDER,
  readLiterals,
  renderCallbackBody,
  templateVariables,
} from './callback-rendering.js';
import {
  CUSTOM_VARIABLE_PREFIX,
  isSystemVariableName,
  NUMERIC_SYSTEM_VARIABLES,
  SYSTEM_VARIABLE_NAMES,
} from './system-variables.js';

export type TemplateAnalysis =
  | {
      ok: true;
      /** Names of the body whose value is exactly one variable, with that variable. */
      names: ReadonlyMap<string, string>;
      /** Every name of the body. */
      bodyNames: ReadonlySet<string>;
    }
  | { ok: false; problem: string };

/**
 * Finds mistakes in a callback body template: OSS accepts nearly any template, and then sends bodies that cannot be
 * parsed. The template is rendered with distinct sample values, and the result is parsed.
 */
export function analyseCallbackTemplate(
  template: string,
  bodyType: CallbackBodyType,
): TemplateAnalysis {
  const problem =
    findTemplateProblem(template) ??
    findUnknownVariable(template) ??
    (bodyType === 'application/json' ? findQuoteProblem(template) : undefined);
  if (problem) return { ok: false, problem };

  const markers = new Map(
    templateVariables(template).map((name, index) => [name, marker(name, index)]),
  );
  const parsed = parseCallbackBody(Buffer.from(renderCallbackBody(template, bodyType, markers)));
  if (!parsed.ok) return { ok: false, problem: `its body could not be read: ${parsed.problem}` };
  const variableOf = new Map([...markers].map(([name, value]) => [String(value), name]));
  const names = new Map<string, string>();
  for (const [bodyName, value] of parsed.values) {
    const inName = [...variableOf].find(([text]) => bodyName.includes(text));
    if (inName) return { ok: false, problem: `\${${inName[1]}} is used as a name` };
    const variable = value === null ? undefined : variableOf.get(value);
    if (variable !== undefined) names.set(bodyName, variable);
  }
  return { ok: true, names, bodyNames: new Set(parsed.values.keys()) };
}

/** Adds pairs to a template of any shape; their values may be placeholders or constants. */
export function extendCallbackTemplate(
  template: string,
  bodyType: CallbackBodyType,
  pairs: readonly (readonly [name: string, value: { variable: string } | { constant: string }])[],
): string {
  if (bodyType === 'application/json' && template.trimStart().startsWith('{')) {
    const end = template.lastIndexOf('}');
    const written = pairs.map(([name, value]) =>
      'variable' in value
        ? `${JSON.stringify(name)}:\${${value.variable}}`
        : `${JSON.stringify(name)}:${JSON.stringify(value.constant)}`,
    );
    const isEmpty = /^\s*\{\s*$/.test(template.slice(0, end));
    return `${template.slice(0, end)}${isEmpty ? '' : ','}${written.join(',')}${template.slice(end)}`;
  }
  const written = pairs.map(([name, value]) =>
    'variable' in value ? `${name}=\${${value.variable}}` : `${name}=${value.constant}`,
  );
  return [template, ...written].filter(Boolean).join('&');
}

/** A unique value: digits for variables that OSS writes as digits, else letters. */
function marker(name: string, index: number): CallbackValue {
  return isSystemVariableName(name) && NUMERIC_SYSTEM_VARIABLES.has(name)
    ? 730_000_000 + index
    : `value${index}of`;
}

function findUnknownVariable(template: string): string | undefined {
  const unknown = templateVariables(template).find(
    (name) => !isSystemVariableName(name) && !/^x:[^A-Z{}]+$/.test(name),
  );
  if (unknown === undefined) return undefined;
  return unknown.startsWith(CUSTOM_VARIABLE_PREFIX)
    ? `\${${unknown}} is not a custom variable: their names are in lower case`
    : `\${${unknown}} is not a variable of OSS; available are ${SYSTEM_VARIABLE_NAMES.join(', ')}, and custom ones that begin with "x:"`;
}

function findQuoteProblem(template: string): string | undefined {
  const isInsideLiteral = readLiterals(template);
  for (const { 1: name = '', index } of template.matchAll(PLACEHOLDER)) {
    const isNumber = isSystemVariableName(name) && NUMERIC_SYSTEM_VARIABLES.has(name);
    const quoted = isInsideLiteral(index);
    if (quoted && !isNumber) {
      return `"\${${name}}" is quoted, but OSS quotes texts itself; write \${${name}} without them`;
    }
    if (!quoted && name === 'crc64') {
      return '${crc64} is a number above 2^53, which JSON readers round; write "${crc64}" in quotes';
    }
  }
  return undefined;
}
