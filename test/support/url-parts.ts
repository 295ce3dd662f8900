import { array, constantFrom, domain, oneof, string, tuple } from 'fast-check';
import { anyCharacter } from './any-character.js';

/** What stands for itself in paths and queries, and any other character encoded. */
const character = oneof(
  constantFrom(...Array.from("abcxyzABCXYZ0123456789-._~!$&'()*+,;=:@")),
  anyCharacter.map(encodeURIComponent),
);

/** What is in a URL after its host; may be empty. */
export const urlPath = array(string({ unit: character })).map((segments) =>
  segments.map((segment) => `/${segment}`).join(''),
);

/** What is in a URL after the question mark. */
export const urlQuery = string({ unit: oneof(character, constantFrom('/', '?')) });

export const urlWithoutQuery = tuple(constantFrom('http', 'https'), domain(), urlPath).map(
  ([scheme, host, path]) => `${scheme}://${host}${path}`,
);
