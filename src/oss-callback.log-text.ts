const MAX_LENGTH = 200;

/** Control, direction and other characters without a form of their own, line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value from a request as it may stand in a log line: in quotes, cut, control and direction characters escaped. */
export function quoted(value: string): string {
  return visible(JSON.stringify(cut(value)));
}

/** A value from a request for a field of a log, which puts quotes around it by itself. */
export function escaped(value: string): string {
  return visible(cut(value));
}

/** A text of this package that may hold values of others: one line, control and direction characters escaped. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function cut(value: string): string {
  return value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value;
}
