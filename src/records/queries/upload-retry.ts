import type { DataSource } from 'typeorm';
import { databaseError } from '../../database/database-error.js';
import { EntitySql, queryReturning, selectRows } from '../../database/entity-sql.js';
import { changeInBatches } from '../../database/isolate-refused.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { RefusedRows } from '../../database/refused-rows.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { isUuid } from '../../ticket/upload-id.js';
import { uploadConditions } from './upload-conditions.js';
import {
  checkFilter,
  checkOneOf,
  checkWholeNumber,
  invalidFilter,
  type OssUploadFilter,
} from './upload-filter.js';

/**
 * The statuses of uploads that can be retried: `failed` ones are waiting for their next attempt, `abandoned` ones have
 * none.
 * @category Records
 */
export type RetryableStatus = 'failed' | 'abandoned';

/**
 * Which uploads `OssUploadAudit.retry` retries; all given fields must match.
 * @category Records
 */
export interface OssUploadRetry extends Omit<OssUploadFilter, 'status'> {
  /** Upload ids, at most 1,000; other texts select no record. */
  ids?: readonly string[];
  /** One or both; default `abandoned`. */
  status?: RetryableStatus | readonly RetryableStatus[];
  /** The most uploads to retry, 1 to 100,000, which is the default. */
  limit?: number;
}

/**
 * What `OssUploadAudit.retry` did.
 * @category Records
 */
export interface OssUploadRetryResult {
  /** How many uploads the next run of the reconciliation resumes. */
  retried: number;
  /** How many records could not be changed, for example because of a trigger or a policy of the app. */
  refused: number;
}

const RETRYABLE: readonly RetryableStatus[] = ['failed', 'abandoned'];
const MAX_IDS = 1_000;
const MAX_LIMIT = 100_000;

/** See `OssUploadAudit.retry`. */
export async function retryUploads(
  dataSource: DataSource,
  { ids, status = 'abandoned', limit = MAX_LIMIT, ...filter }: OssUploadRetry,
): Promise<OssUploadRetryResult> {
  const statuses = [status].flat();
  for (const each of statuses) checkOneOf('status', each, RETRYABLE);
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  const checked = { ...checkFilter(filter), status: statuses };
  const only = ids === undefined ? undefined : checkIds(ids);
  const names = new EntitySql(dataSource, OssUpload);
  const column = (name: keyof OssUpload) => names.column(name);
  const refused = new RefusedRows('upload');

  /** Selects those that are not due yet. */
  const conditions = (parameters: SqlParameters) => [
    ...uploadConditions(names, checked, parameters),
    `(${column('nextAttemptAt')} IS NULL OR ${column('nextAttemptAt')} > now())`,
  ];
  const find = async (atMost: number, except: readonly string[]) => {
    const parameters = new SqlParameters();
    const all = [
      ...conditions(parameters),
      `${column('id')} <> ALL (${parameters.add(except)})`,
      ...(only ? [`${column('id')} = ANY (${parameters.add(only)})`] : []),
    ];
    const rows = await selectRows<{ id: string }>(
      dataSource,
      `SELECT ${column('id')} AS id FROM ${names.table} WHERE ${all.join(' AND ')}
      LIMIT ${parameters.add(atMost)}`,
      parameters.values,
    );
    return rows.map(({ id }) => id);
  };
  const change = async (some: readonly string[]) => {
    const parameters = new SqlParameters();
    const chosen = `${column('id')} = ANY (${parameters.add(some)})`;
    const rows = await queryReturning(
      dataSource,
      `UPDATE ${names.table} SET
        ${column('status')} = 'failed', ${column('attempts')} = 0, ${column('nextAttemptAt')} = now()
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${names.table}
        WHERE ${[chosen, ...conditions(parameters)].join(' AND ')} FOR UPDATE SKIP LOCKED)
      RETURNING ${column('id')}`,
      parameters.values,
    );
    return rows.length;
  };
  try {
    const retried = await changeInBatches({ find, change, refused }, limit);
    return { retried, refused: refused.ids.length };
  } catch (error) {
    throw databaseError('The uploads could not be retried.', error);
  }
}

function checkIds(ids: readonly string[]): string[] {
  if (!Array.isArray(ids) || ids.length > MAX_IDS) {
    throw invalidFilter('ids', `is not a list of at most ${MAX_IDS} upload ids.`);
  }
  return (ids as readonly unknown[]).filter((id) => isUuid(id));
}
