import type { DataSource } from 'typeorm';
import { EntitySql } from './entity-sql.js';
import { OssUpload } from './oss-upload.entity.js';
import { encodeCursor, type PagePosition } from './page-cursor.js';
import { SqlParameters } from './sql-parameters.js';
import { uploadConditions } from './upload-conditions.js';
import { type CheckedFilter, UPLOAD_STATUSES } from './upload-filter.js';

/** A part of the records, the latest received first. */
export interface OssUploadPage {
  uploads: OssUpload[];
  /** For the next page; null where this is the last one. */
  nextCursor: string | null;
}

export interface PageRequest {
  filter: CheckedFilter;
  limit: number;
  /** Begin behind this row. */
  after?: PagePosition;
}

type Row = Record<string, unknown> & { page_time_us: string };

/** One statement, and so one moment: no record is listed twice because its status changed meanwhile. */
export async function findUploadPage(
  dataSource: DataSource,
  { filter, limit, after }: PageRequest,
): Promise<OssUploadPage> {
  const names = new EntitySql(dataSource, OssUpload);
  const parameters = new SqlParameters();
  // one more than asked for tells whether there is a next page
  const order = `ORDER BY ${names.column('receivedAt')} DESC, ${names.column('id')} DESC LIMIT ${limit + 1}`;
  const branches = branchesOf(filter).map((branch) => {
    const conditions = uploadConditions(names, branch, parameters, after);
    return `(SELECT * FROM ${names.table} WHERE ${conditions} ${order})`;
  });
  if (branches.length === 0) return { uploads: [], nextCursor: null };
  const rows = await dataSource.query<Row[]>(
    `SELECT *, (EXTRACT(EPOCH FROM ${names.column('receivedAt')}) * 1000000)::bigint AS page_time_us
    FROM (${branches.join(' UNION ALL ')}) AS page ${order}`,
    parameters.values,
  );
  const uploads = rows.slice(0, limit).map((row) => names.toEntity(row));
  const last = rows.length > limit ? uploads.at(-1) : undefined;
  const nextCursor = last
    ? encodeCursor({ timeUs: BigInt(rows[limit - 1]!.page_time_us), id: last.id })
    : null;
  return { uploads, nextCursor };
}

/**
 * The records of an owner and of an object have an index by time of their own. All others have one by status and time:
 * the latest of each status are merged, which reads no more than the page and one record for each status.
 */
function branchesOf(filter: CheckedFilter): CheckedFilter[] {
  if (filter.owner !== undefined || filter.object !== undefined) return [filter];
  return (filter.status ?? UPLOAD_STATUSES).map((status) => ({ ...filter, status: [status] }));
}
