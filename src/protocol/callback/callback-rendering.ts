import { percentEncode } from '../signing/percent-encoding.js';

/**
 * Content-Type of the callback; it also decides how variables are written into the body.
 * @category Options
 */
export type CallbackBodyType = 'application/x-www-form-urlencoded' | 'application/json';

/**
 * How OSS may write variables into a body where its documentation does not say. The first value of each is the default.
 * @category Simulator
 */
export interface CallbackRendering {
  /** Non-ASCII text in JSON: unchanged, or as `\uXXXX`. */
  jsonText: 'raw' | 'ascii-escaped';
  /** A slash in JSON: unchanged (observed), or as `\/`. */
  jsonSlash: 'raw' | 'escaped';
  /**
   * An unset variable in JSON: `null` outside of literals and nothing inside them (each observed once), `null`
   * everywhere, or nothing everywhere.
   */
  missingInJson: 'as-seen' | 'null' | 'empty';
  /** A space in a form body. */
  space: '%20' | '+';
}

const defaultCallbackRendering: CallbackRendering = {
  jsonText: 'raw',
  jsonSlash: 'raw',
  missingInJson: 'as-seen',
  space: '%20',
};

export type CallbackValue = string | number | bigint;

/** `${name}`, the only form of a placeholder. */
export const PLACEHOLDER = /\$\{([^{}]*)\}/g;

/**
 * Writes a callback body as OSS does: percent-encoded values in a form body; strings in quotes and bare digits
 * in a JSON body, independent of the template's format. Constants are copied unchanged.
 *
 * @param values by the names that the template uses (`object`, `imageInfo.width`, `x:user_id`); a
 *   missing name is an unset variable.
 */
export function renderCallbackBody(
  template: string,
  bodyType: CallbackBodyType,
  values: ReadonlyMap<string, CallbackValue>,
  rendering: Partial<CallbackRendering> = {},
): string {
  const rules = { ...defaultCallbackRendering, ...rendering };
  const isInsideLiteral = readLiterals(template);
  return template.replace(PLACEHOLDER, (_placeholder, name: string, offset: number) => {
    const value = values.get(name);
    if (bodyType === 'application/json') {
      if (value !== undefined) return jsonValue(value, rules);
      if (rules.missingInJson === 'empty') return '';
      return rules.missingInJson === 'as-seen' && isInsideLiteral(offset) ? '' : 'null';
    }
    if (value === undefined) return '';
    const encoded = percentEncode(String(value));
    return rules.space === '+' ? encoded.replaceAll('%20', '+') : encoded;
  });
}

/** The names that a template refers to, in order, repetitions included. */
export function templateVariables(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

/** What is wrong with the placeholders of a template: OSS refuses `$(x)` and an unclosed `${`. */
export function findTemplateProblem(template: string): string | undefined {
  if (template.includes('$(')) return 'placeholders are written ${name}, not $(name)';
  if (template.replace(PLACEHOLDER, '').includes('${')) return 'a placeholder "${" is not closed';
  return undefined;
}

function jsonValue(value: CallbackValue, rules: CallbackRendering): string {
  if (typeof value !== 'string') return String(value);
  let text = JSON.stringify(value);
  if (rules.jsonText === 'ascii-escaped') text = escapeNonAscii(text);
  return rules.jsonSlash === 'escaped' ? text.replaceAll('/', '\\/') : text;
}

/** JSON in ASCII alone. */
export function escapeNonAscii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Returns a function that decides whether an offset in a JSON template is between quotes; offsets must not decrease.
 */
export function readLiterals(template: string): (offset: number) => boolean {
  let index = 0;
  let inside = false;
  return (offset) => {
    for (; index < offset; index += 1) {
      if (template[index] === '\\') index += 1;
      else if (template[index] === '"') inside = !inside;
    }
    return inside;
  };
}
