import type { DataSource } from 'typeorm';
import { EntitySql } from '../../database/entity-sql.js';
import { isBehind, readKeysetPage } from './keyset-page.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import type { PagePosition } from './page-cursor.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { uploadConditions } from './upload-conditions.js';
import { type CheckedFilter, UPLOAD_STATUSES } from './upload-filter.js';

/**
 * A part of the records, the latest received first.
 * @category Records
 */
export interface OssUploadPage {
  /** At most `limit` records. */
  uploads: OssUpload[];
  /** For the next page; null on the last one. */
  nextCursor: string | null;
}

export interface PageRequest {
  filter: CheckedFilter;
  limit: number;
  /** Begin behind this row. */
  after?: PagePosition;
}

/** One statement, and so one moment: no record is listed twice because its status changed meanwhile. */
export async function findUploadPage(
  dataSource: DataSource,
  { filter, limit, after }: PageRequest,
): Promise<OssUploadPage> {
  const order = { names: new EntitySql(dataSource, OssUpload), time: 'receivedAt', limit } as const;
  const parameters = new SqlParameters();
  const branches = branchesOf(filter).map((branch) => {
    const conditions = uploadConditions(order.names, branch, parameters);
    if (after) conditions.push(isBehind(order, after, parameters));
    return conditions.join(' AND ');
  });
  const { rows, nextCursor } = await readKeysetPage(dataSource, order, branches, parameters);
  return { uploads: rows, nextCursor };
}

/**
 * The records of an owner and of an object have an index by time of their own. All others have one by status and time:
 * the latest of each status are merged, which reads no more than the page and one record for each status.
 */
function branchesOf(filter: CheckedFilter): CheckedFilter[] {
  if (filter.owner !== undefined || filter.object !== undefined) return [filter];
  return (filter.status ?? UPLOAD_STATUSES).map((status) => ({ ...filter, status: [status] }));
}
