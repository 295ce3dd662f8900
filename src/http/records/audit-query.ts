import type { OssUploadPageRequest } from '../../records/oss-upload-audit.js';
import type { OssUploadTicketRequest } from '../../records/queries/ticket-page.js';
import type { OssUploadRetry } from '../../records/queries/upload-retry.js';
import { invalidFilter } from '../../records/queries/upload-filter.js';

/** A query string as Express and Fastify parse it: a repeated name has an array. */
export type QueryValues = Record<string, unknown>;

const TEXTS = ['owner', 'bucket', 'object', 'source', 'cursor'] as const;
const TIMES = ['from', 'to'] as const;
const NUMBERS = ['limit'] as const;

/** ISO 8601 with a date, or a date and a time with its zone. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Parses a query string. The audit validates the values; unknown names are refused here, since the client may rely on
 * such a filter.
 * @param extra further names, which the caller reads itself
 * @throws OssCallbackError `INVALID_FILTER`
 */
export function readUploadQuery(
  query: QueryValues,
  extra: readonly string[] = [],
): OssUploadPageRequest {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    if (extra.includes(name)) continue;
    if (name === 'status') read[name] = readTexts(name, value);
    else if (isOneOf(TEXTS, name)) read[name] = readText(name, value);
    else if (isOneOf(TIMES, name)) read[name] = readTime(name, readText(name, value));
    else if (isOneOf(NUMBERS, name)) read[name] = readNumber(name, readText(name, value));
    else throw invalidFilter(name, 'is not a filter.');
  }
  return read;
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function readTicketQuery(query: QueryValues): OssUploadTicketRequest {
  const { source, from, to, status, ...rest } = readUploadQuery(query);
  for (const [name, value] of Object.entries({ source, from, to })) {
    if (value !== undefined) throw invalidFilter(name, 'is not a filter of tickets.');
  }
  if (status === undefined) return rest;
  const [only, ...others] = [status].flat();
  if (others.length > 0) throw invalidFilter('status', 'is given more than once.');
  return { ...rest, status: only as OssUploadTicketRequest['status'] };
}

/**
 * What to retry, of a body of JSON; times are in ISO 8601. The audit validates the other values.
 * @throws OssCallbackError `INVALID_FILTER`
 */
export function readRetry({ from, to, ...body }: QueryValues): OssUploadRetry {
  return {
    ...body,
    ...(from === undefined ? {} : { from: readTime('from', readText('from', from)) }),
    ...(to === undefined ? {} : { to: readTime('to', readText('to', to)) }),
  };
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalidFilter(name, 'is given more than once.');
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function readNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidFilter(name, `is ${JSON.stringify(text)}, not a whole number.`);
}

/** Several values, as `status=failed&status=rejected` or `status=failed,rejected`. */
function readTexts(name: string, value: unknown): string[] {
  return [value].flat().flatMap((each) => readText(name, each).split(','));
}

function readTime(name: string, text: string): Date {
  const time = new Date(text);
  if (TIME.test(text) && Number.isFinite(time.getTime())) return time;
  throw invalidFilter(
    name,
    `is ${JSON.stringify(text)}, not a time such as 2026-01-31 or 2026-01-31T12:00:00Z.`,
  );
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
