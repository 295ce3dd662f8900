import type { DataSource } from 'typeorm';
import { EntitySql } from '../../database/entity-sql.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { uploadConditions } from './upload-conditions.js';
import type { CheckedFilter } from './upload-filter.js';

/** @param atMost stop counting here */
export async function countUploads(
  dataSource: DataSource,
  filter: CheckedFilter,
  atMost?: number,
): Promise<number> {
  const names = new EntitySql(dataSource, OssUpload);
  const parameters = new SqlParameters();
  const conditions = uploadConditions(names, filter, parameters).join(' AND ') || 'true';
  const limit = atMost === undefined ? '' : `LIMIT ${parameters.add(atMost)}`;
  const [row] = await dataSource.query<{ count: string }[]>(
    `SELECT count(*) FROM (SELECT FROM ${names.table} WHERE ${conditions} ${limit}) AS found`,
    parameters.values,
  );
  return Number(row!.count);
}
