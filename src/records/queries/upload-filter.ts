import { isStorable } from '../../common/database-text.js';
import { OssCallbackError } from '../../common/errors.js';
import { shown } from '../../common/log-text.js';
import type { OssUploadSource, OssUploadStatus } from '../../database/oss-upload.entity.js';

export const UPLOAD_STATUSES: readonly OssUploadStatus[] = [
  'received',
  'completed',
  'failed',
  'abandoned',
  'rejected',
];

export const UPLOAD_SOURCES: readonly OssUploadSource[] = ['callback', 'reconciliation'];

/**
 * Selects records; all given fields must match. `owner`, `object`, `status` and the times use an index; `bucket` and
 * `source` are compared in the records that the others select, so combine them with a time or a status if matches are
 * rare.
 * @category Records
 */
export interface OssUploadFilter {
  /** Exact. The key with the value `undefined` is an error: it would mean the records of all owners. */
  owner?: string;
  /** OSS's name of the bucket. */
  bucket?: string;
  /** The whole key, without a leading slash. */
  object?: string;
  /** One or several. */
  status?: OssUploadStatus | readonly OssUploadStatus[];
  /** `callback`, or `reconciliation` for uploads that were found without one. */
  source?: OssUploadSource;
  /** Received at this time or later. */
  from?: Date;
  /** Received before this time. */
  to?: Date;
}

/** The filter as the queries read it. */
export interface CheckedFilter extends Omit<OssUploadFilter, 'status'> {
  status?: readonly OssUploadStatus[];
}

const TEXTS = ['owner', 'bucket', 'object'] as const;
/** PostgreSQL's times begin at 4714 BC; a Date reaches further back, and less far forward. */
const EARLIEST = new Date('-004712-01-01T00:00:00Z');

/** @throws OssCallbackError `INVALID_FILTER` */
export function checkFilter({
  status,
  source,
  from,
  to,
  ...exact
}: OssUploadFilter): CheckedFilter {
  if (source !== undefined) checkOneOf('source', source, UPLOAD_SOURCES);
  checkTime('from', from);
  checkTime('to', to);
  return { ...checkTexts(exact), status: checkStatuses(status), source, from, to };
}

/**
 * Rejects unknown fields, and exact ones without a value: an `owner` that got lost on the way would select the records
 * of all owners.
 * @throws OssCallbackError `INVALID_FILTER`
 */
export function checkTexts(exact: Pick<OssUploadFilter, (typeof TEXTS)[number]>) {
  for (const [name, value] of Object.entries(exact)) {
    if (!(TEXTS as readonly string[]).includes(name)) {
      throw invalidFilter(name, 'is not a filter.');
    }
    if (typeof value !== 'string') {
      throw invalidFilter(
        name,
        `is ${shown(value)}, not a string. Leave it out to match every ${name}.`,
      );
    }
    if (!isStorable(value)) {
      throw invalidFilter(
        name,
        'contains a NUL character or a lone surrogate, which no record does.',
      );
    }
  }
  return exact;
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function checkStatuses(
  status: OssUploadFilter['status'],
): readonly OssUploadStatus[] | undefined {
  if (status === undefined) return undefined;
  const statuses = [...new Set(Array.isArray(status) ? status : [status])] as OssUploadStatus[];
  for (const each of statuses) checkOneOf('status', each, UPLOAD_STATUSES);
  return statuses;
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function checkOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw invalidFilter(name, `is ${shown(value)}, not one of ${known.join(', ')}.`);
  }
}

/** @throws OssCallbackError `INVALID_FILTER` */
function checkTime(name: string, time: Date | undefined): void {
  if (time === undefined) return;
  if (!(time instanceof Date && Number.isFinite(time.getTime()))) {
    throw invalidFilter(
      name,
      `is ${time instanceof Date ? String(time) : shown(time)}, not a valid Date.`,
    );
  }
  if (time < EARLIEST) {
    throw invalidFilter(name, `is ${time.toISOString()}, which is before all times of PostgreSQL.`);
  }
}

/** @throws OssCallbackError `INVALID_FILTER` */
export function checkWholeNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidFilter(name, `is ${shown(value)}, not a whole number from ${least} to ${most}.`);
}

/** An error about one field of an audit request: names it and the problem. */
export function invalidFilter(name: string, problem: string): OssCallbackError {
  return new OssCallbackError('INVALID_FILTER', `OssUploadAudit: "${name}" ${problem}`);
}
