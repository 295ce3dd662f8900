import { MEDIA_TYPE_NAME as NAME, mediaTypeOf } from '../protocol/media-type.js';

const RANGE = new RegExp(`^${NAME}/(?:\\*|${NAME})$`);

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
