import type { EntitySql } from './entity-sql.js';
import type { OssUpload } from './oss-upload.entity.js';
import { type PagePosition, positionTime } from './page-cursor.js';
import type { SqlParameters } from './sql-parameters.js';
import type { CheckedFilter } from './upload-filter.js';

/**
 * What a filter says, as SQL.
 * @param after only rows that come behind this one, the latest first
 */
export function uploadConditions(
  names: EntitySql<OssUpload>,
  filter: CheckedFilter,
  parameters: SqlParameters,
  after?: PagePosition,
): string {
  const receivedAt = names.column('receivedAt');
  const conditions: string[] = [];
  for (const name of ['owner', 'bucket', 'object', 'source'] as const) {
    const value = filter[name];
    if (value !== undefined) conditions.push(`${names.column(name)} = ${parameters.add(value)}`);
  }
  if (filter.status) {
    const [status, ...others] = filter.status;
    conditions.push(
      status !== undefined && others.length === 0
        ? `${names.column('status')} = ${parameters.add(status)}`
        : `${names.column('status')} = ANY(${parameters.add(filter.status)})`,
    );
  }
  if (filter.from) conditions.push(`${receivedAt} >= ${parameters.add(filter.from)}`);
  if (filter.to) conditions.push(`${receivedAt} < ${parameters.add(filter.to)}`);
  if (after) {
    const [time, id] = [parameters.add(positionTime(after)), parameters.add(after.id)];
    conditions.push(`(${receivedAt}, ${names.column('id')}) < (${time}, ${id})`);
  }
  return conditions.join(' AND ') || 'true';
}
