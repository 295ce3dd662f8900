import { type CallbackPairs, MAX_BODY_NAMES, TOO_MANY_NAMES } from './callback-pairs.js';

/**
 * Reads a form-shaped body: `%XX` and `+` are decoded. A value that begins with a raw quote was written by JSON
 * rendering into a form-shaped template (percent-encoding never leaves a quote) and is read as a JSON string.
 */
export function readCallbackForm(text: string): CallbackPairs {
  const pairs: [string, string | null][] = [];
  let index = 0;
  let equals = -1;
  let ampersand = -1;
  while (index < text.length) {
    // Each separator is searched again only after it was passed, so the time is linear.
    if (equals < index) equals = indexOf(text, '=', index);
    if (ampersand < index) ampersand = indexOf(text, '&', index);
    const nameEnd = Math.min(equals, ampersand);
    const name = decodeFormText(text.slice(index, nameEnd));
    if (name === undefined) return { ok: false, problem: 'a name in the body is not valid UTF-8' };
    const hasValue = text[nameEnd] === '=';
    // "a&b" has names without values; an empty piece ("a=1&&b=2") is no name
    const isName = hasValue || name !== '';
    if (isName && pairs.length === MAX_BODY_NAMES) return { ok: false, problem: TOO_MANY_NAMES };
    if (!hasValue) {
      if (isName) pairs.push([name, '']);
      index = nameEnd + 1;
      continue;
    }
    const literal = readLiteral(text, nameEnd + 1);
    const valueEnd = literal ? nameEnd + 1 + literal.length : ampersand;
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

/** A JSON string that ends its pair; a regular expression would need a stack as long as the text. */
function readLiteral(text: string, start: number): string | undefined {
  if (text[start] !== '"') return undefined;
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  const isClosed = text[end] === '"' && (end + 1 === text.length || text[end + 1] === '&');
  return isClosed ? text.slice(start, end + 1) : undefined;
}

function indexOf(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}

/** `undefined` if the escapes are not UTF-8. A `%` that begins no escape is kept: it comes from a template's constant. */
function decodeFormText(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  return decode(spaced) ?? decode(spaced.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
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
