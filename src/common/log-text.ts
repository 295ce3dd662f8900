/** The limit of a value from a request. */
const MAX_VALUE_LENGTH = 200;
/** The limit of a program's own text, such as an error's message. */
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_LINE_LENGTH = 2_000;
const MAX_STACK_FRAMES = 30;

/** Control, direction and other invisible characters, line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A text that is safe to log: one line of at most 2,000 characters, in which foreign values are truncated and escaped.
 * Only the functions of this file create one, and a log accepts nothing else.
 */
export abstract class LogText {
  abstract readonly text: string;
  /** The form for tables: without what is only for the log, such as the query of a URL. */
  abstract readonly forRecord: string;
  /** Keeps other objects from being taken for one. */
  protected readonly isLogText = true;

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

class MadeLogText extends LogText {
  constructor(
    readonly text: string,
    readonly forRecord: string = text,
  ) {
    super();
  }
}

/** Put together when it is read: of many, only one form is needed, or none. */
class LogTextTemplate extends LogText {
  constructor(
    private readonly constants: TemplateStringsArray,
    private readonly values: readonly (LogText | number)[],
  ) {
    super();
  }

  get text(): string {
    return this.write(({ text }) => text);
  }

  get forRecord(): string {
    return this.write(({ forRecord }) => forRecord);
  }

  private write(textOf: (value: LogText) => string): string {
    const texts = this.values.map((value) =>
      typeof value === 'number' ? String(value) : textOf(value),
    );
    return cut(String.raw({ raw: this.constants }, ...texts), MAX_LINE_LENGTH);
  }
}

/** A line, or a part of one: a literal of the code, with values that are safe to log. */
export function logText(
  constants: TemplateStringsArray,
  ...values: readonly (LogText | number)[]
): LogText {
  return new LogTextTemplate(constants, values);
}

/** A value of a request: in quotes, cut at 200 characters, control and direction characters escaped. */
export function quoted(value: string): LogText {
  return new MadeLogText(visible(JSON.stringify(cut(value, MAX_VALUE_LENGTH))));
}

/** A value of any type, for a message: a text as {@link quoted}, an object not looked into, since it may have no text. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value).text;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** A program's own text, such as an error's message: cut at 1,000 characters, control and direction characters escaped. */
export function unquoted(text: string): LogText {
  return new MadeLogText(visible(cut(text, MAX_MESSAGE_LENGTH)));
}

/**
 * Path with query, or one of them. The query may contain a secret of the app, such as a token, and is only for the log,
 * even if a proxy encoded its question mark.
 */
export function quotedUrl(url: string): LogText {
  const path = withoutQuery(url);
  const onRecord = path === url ? url : `${path}?…`;
  return new MadeLogText(quoted(url).text, quoted(onRecord).text);
}

/** The part of a URL that may be stored in a table. */
export function withoutQuery(url: string): string {
  const start = url.search(/[?#]|%(?:25)*(?:3f|23)/i);
  return start === -1 ? url : url.slice(0, start);
}

/** For the log only; tables get an ellipsis instead: the app's own messages may repeat the URL. */
export function logOnly({ text }: LogText): LogText {
  return new MadeLogText(text, '…');
}

/** One after the other. */
export function joinTexts(texts: readonly LogText[], separator: string): LogText {
  const joined = (write: (text: LogText) => string) =>
    cut(texts.map(write).join(separator), MAX_LINE_LENGTH);
  return new MadeLogText(
    joined(({ text }) => text),
    joined(({ forRecord }) => forRecord),
  );
}

/** A value for a field of a log, which puts quotes around it by itself. */
export function fieldText(value: string): string {
  return visible(cut(value, MAX_VALUE_LENGTH));
}

/** The stack of an error, its message on one line and cut. */
export function stackText(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const { stack, message } = error;
  const start = stack.indexOf(message);
  // An app may have replaced either; then the head ends where the frames begin.
  const headEnd = start === -1 ? stack.search(/\n +at |$/) : start + message.length;
  const head = unquoted(stack.slice(0, headEnd)).text;
  const frames = stack.slice(headEnd).split('\n', MAX_STACK_FRAMES);
  return head + frames.map((frame) => unquoted(frame).text).join('\n');
}

/** Control and direction characters escaped. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
