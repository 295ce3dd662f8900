import type { EntitySql } from '../../database/entity-sql.js';
import type { OssUpload } from '../../database/oss-upload.entity.js';
import type { SqlParameters } from '../../database/sql-parameters.js';
import type { CheckedFilter } from './upload-filter.js';

/** What a filter says, as SQL: all of these must hold. */
export function uploadConditions(
  names: EntitySql<OssUpload>,
  { status, from, to, ...exact }: CheckedFilter,
  parameters: SqlParameters,
): string[] {
  const conditions: string[] = [];
  for (const name of ['owner', 'bucket', 'object', 'source'] as const) {
    const value = exact[name];
    if (value !== undefined) conditions.push(`${names.column(name)} = ${parameters.add(value)}`);
  }
  if (status?.length === 1) {
    conditions.push(`${names.column('status')} = ${parameters.add(status[0])}`);
  } else if (status) {
    conditions.push(`${names.column('status')} = ANY(${parameters.add(status)})`);
  }
  const receivedAt = names.column('receivedAt');
  if (from) conditions.push(`${receivedAt} >= ${parameters.add(from)}`);
  if (to) conditions.push(`${receivedAt} < ${parameters.add(to)}`);
  return conditions;
}
