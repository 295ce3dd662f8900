import { integer } from 'fast-check';

const FIRST_SURROGATE = 0xd8_00;
const SURROGATES = 0x8_00;

/**
 * Any character of Unicode but lone surrogates, for the `unit` of a string. What `unit: 'binary'` gives is the same, and
 * lists all 1,112,064 of them before the first, which takes a second.
 */
export const anyCharacter = integer({ min: 0, max: 0x10_ff_ff - SURROGATES }).map(
  (index) => String.fromCodePoint(index < FIRST_SURROGATE ? index : index + SURROGATES),
  (text) => {
    const codePoint = typeof text === 'string' ? text.codePointAt(0) : undefined;
    if (codePoint === undefined || String.fromCodePoint(codePoint) !== text) {
      throw new Error('It is not one character.');
    }
    return codePoint < FIRST_SURROGATE ? codePoint : codePoint - SURROGATES;
  },
);
