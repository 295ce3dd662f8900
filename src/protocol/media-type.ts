/** Longer than any type in use, including its parameters. */
const MAX_TYPE_LENGTH = 256;

/** RFC 6838, 4.2: stricter than HTTP's grammar, in which `image/*` itself is a type. */
export const MEDIA_TYPE_NAME = '[a-z0-9][a-z0-9!#$&^_.+-]{0,126}';
const ESSENCE = new RegExp(`[ \\t]*(${MEDIA_TYPE_NAME}/${MEDIA_TYPE_NAME})`, 'iy');

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
