import { type CallbackPairs, MAX_BODY_NAMES, TOO_MANY_NAMES } from './callback-pairs.js';

/**
 * Reads a form-shaped body: `%XX` and `+` are decoded. A value that begins with a raw quote was written by JSON
 * rendering into a form-shaped template (percent-encoding never leaves a quote) and is read as a JSON string.
 */
export function readCallbackForm(text: string): CallbackPairs {
  const pairs: [string, string | null][] = [];
  let index = 0;
  while (index < text.length) {
    const nameEnd = indexOfEither(text, '=', '&', index);
    const name = decodeFormText(text.slice(index, nameEnd));
    if (name === undefined) return { ok: false, problem: 'a name in the body is not valid UTF-8' };
    const hasValue = text[nameEnd] === '=';
    // "a&b": a name without a value; an empty piece ("a=1&&b=2") is no name at all
    const isName = hasValue || name !== '';
    if (isName && pairs.length === MAX_BODY_NAMES) return { ok: false, problem: TOO_MANY_NAMES };
    if (!hasValue) {
      if (isName) pairs.push([name, '']);
      index = nameEnd + 1;
      continue;
    }
    const quoted = text[nameEnd + 1] === '"' ? /"(?:[^"\\]|\\.)*"(?=&|$)/sy : undefined;
    if (quoted) quoted.lastIndex = nameEnd + 1;
    const literal = quoted?.exec(text)?.[0];
    const valueEnd = literal
      ? nameEnd + 1 + literal.length
      : indexOfEither(text, '&', '&', nameEnd + 1);
    const value = literal
      ? parseJsonString(literal)
      : decodeFormText(text.slice(nameEnd + 1, valueEnd));
    if (value === undefined) {
      return { ok: false, problem: `the value of ${JSON.stringify(name.slice(0, 64))} is broken` };
    }
    pairs.push([name, value]);
    index = valueEnd + 1;
  }
  return pairs.length > 0 ? { ok: true, pairs } : { ok: false, problem: 'the body is empty' };
}

function indexOfEither(text: string, one: string, other: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === one || text[index] === other) return index;
  }
  return text.length;
}

/** `undefined` where the escapes are no UTF-8; a `%` that begins no escape stays, as in a constant of the template. */
function decodeFormText(text: string): string | undefined {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return undefined;
  }
}

function parseJsonString(literal: string): string | undefined {
  try {
    return String(JSON.parse(literal));
  } catch {
    return undefined;
  }
}
