import { ConsoleLogger } from '@nestjs/common';
import { inspect } from 'node:util';
import { fieldText } from './log-text.js';

/** What a log line is about; a log in JSON has these as fields. */
export interface LogFields {
  /** The code of a refusal. */
  code?: string;
  /** How many events the line sums up. */
  count?: number;
  uploadId?: string;
  /** OSS's id of the upload request, as the body that OSS signed names it. */
  requestId?: string | null;
  /** The header `x-oss-request-id`, which no signature covers: any sender can write it. */
  unsignedRequestId?: string;
}

/**
 * The arguments of a log line with fields. Nest 12 prints an object after the message as fields in JSON and behind the
 * text otherwise; Nest 11 would log it as a separate line, so there the fields are part of the text.
 */
export function withFields(message: string, fields: LogFields): [string, ...object[]] {
  const present = presentOf(fields);
  if (Object.keys(present).length === 0) return [message];
  return takesFields() ? [message, present] : [`${message} ${inspect(present, IN_LINE)}`];
}

const IN_LINE = { compact: true, breakLength: Infinity };

/** Whether this is Nest 12, whose logger takes objects after the message. */
function takesFields(): boolean {
  return 'stringifyParams' in ConsoleLogger.prototype;
}

/** Values of requests are cut, their control and direction characters escaped; the log itself quotes them. */
function presentOf(fields: LogFields): Record<string, string | number> {
  const present: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields) as [string, string | number | null][]) {
    if (value === null || value === undefined) continue;
    present[name] = typeof value === 'number' ? value : fieldText(value);
  }
  return present;
}
