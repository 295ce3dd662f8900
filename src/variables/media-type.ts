/** Longer than any type in use, including its parameters. */
const MAX_TYPE_LENGTH = 256;

/** RFC 6838, 4.2: stricter than HTTP's grammar, in which `image/*` itself is a type. */
const NAME = '[a-z0-9][a-z0-9!#$&^_.+-]{0,126}';
const ESSENCE = new RegExp(`[ \\t]*(${NAME}/${NAME})`, 'iy');
const RANGE = new RegExp(`^${NAME}/(?:\\*|${NAME})$`);
/**
 * One parameter, which may be empty. Browsers write `codecs=vp8,opus` without quotes; such a comma begins no other type,
 * since no slash follows.
 */
const PARAMETER =
  /[ \t]*;[ \t]*(?:[a-z0-9!#$%&'*+.^_`|~-]+=(?:"(?:[\t !#-[\]-~]|\\[\t -~])*"|[a-z0-9!#$%&'*+.^_`|~,-]+))?/iy;

const REST = /[ \t]*$/y;

/**
 * The `type/subtype` in lower case of a text that is exactly one well-formed media type, with parameters or without;
 * `undefined` for any other text, so that all readers agree on the type: `image/png,text/html` would be two.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
 */
export function mediaTypeOf(text: string): string | undefined {
  if (text.length > MAX_TYPE_LENGTH) return undefined;
  ESSENCE.lastIndex = 0;
  const essence = ESSENCE.exec(text)?.[1];
  if (essence === undefined) return undefined;
  let end = ESSENCE.lastIndex;
  for (PARAMETER.lastIndex = end; PARAMETER.test(text);) end = PARAMETER.lastIndex;
  REST.lastIndex = end;
  return REST.test(text) ? essence.toLowerCase() : undefined;
}

/** A type without parameters, or all of a family (`image/*`), in lower case; `undefined` for any other text. */
export function mediaRangeOf(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  return RANGE.test(lower) ? lower : undefined;
}

/** @param ranges as {@link mediaRangeOf} gives them; none if any type is allowed, well-formed or not */
export function allowsContentType(ranges: readonly string[], type: string): boolean {
  if (ranges.length === 0) return true;
  const essence = mediaTypeOf(type);
  if (essence === undefined) return false;
  return ranges.some((range) => {
    const family = familyOf(range);
    return family === undefined ? range === essence : essence.startsWith(family);
  });
}

/** The prefix of a family's types, `image/`; nothing for a single type. */
export function familyOf(range: string): string | undefined {
  return range.endsWith('/*') ? range.slice(0, -1) : undefined;
}

/** The only type that is allowed, if there is one. */
export function onlyTypeOf(ranges: readonly string[]): string | undefined {
  const [only, ...others] = ranges;
  return only === undefined || others.length > 0 || familyOf(only) ? undefined : only;
}
