import { Logger } from '@nestjs/common';
import { type LogFields, withFields } from './log-fields.js';
import { type LogText, stackText } from './log-text.js';

/** The lines of this package in the app's log. Nothing but a {@link LogText} gets there. */
export class Log {
  private readonly logger: Logger;

  constructor(context = 'OssCallback') {
    this.logger = new Logger(context);
  }

  debug(line: LogText): void {
    this.logger.debug(line.text);
  }

  log(line: LogText, fields: LogFields = {}): void {
    this.logger.log(...argumentsOf(line, fields, undefined));
  }

  /** @param cause an error, whose stack follows the line */
  warn(line: LogText, fields: LogFields = {}, cause?: unknown): void {
    this.logger.warn(...argumentsOf(line, fields, cause));
  }

  /** @param cause an error, whose stack follows the line */
  error(line: LogText, fields: LogFields = {}, cause?: unknown): void {
    this.logger.error(...argumentsOf(line, fields, cause));
  }
}

function argumentsOf(
  line: LogText,
  fields: LogFields,
  cause: unknown,
): [string, ...(object | string)[]] {
  const stack = stackText(cause);
  return [...withFields(line.text, fields), ...(stack === undefined ? [] : [stack])];
}
