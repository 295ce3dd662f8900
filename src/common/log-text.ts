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

/** The stack of an error, as the arguments that a log takes it in; its message may hold values of others. */
export function visibleStack(error: unknown): [] | [string] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const { stack, message } = error;
  const start = stack.indexOf(message);
  const headEnd = start === -1 ? 0 : start + message.length;
  const frames = stack.slice(headEnd).split('\n').map(visible).join('\n');
  return [visible(stack.slice(0, headEnd)) + frames];
}

function cut(value: string): string {
  return value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value;
}
