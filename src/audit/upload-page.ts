import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { OssUpload } from './oss-upload.entity.js';
import { encodeCursor, type PagePosition, positionTime } from './page-cursor.js';
import { type CheckedFilter, UPLOAD_STATUSES } from './upload-filter.js';

/** A part of the records, the latest received first. */
export interface OssUploadPage {
  uploads: OssUpload[];
  /** For the next page; null where this is the last one. */
  nextCursor: string | null;
}

interface PageRequest {
  filter: CheckedFilter;
  limit: number;
  /** Begin behind this row. */
  after?: PagePosition;
}

type Query = SelectQueryBuilder<OssUpload>;

/** One statement, and so one moment: no record is listed twice because its status changed meanwhile. */
export async function findUploadPage(
  manager: EntityManager,
  { filter, limit, after }: PageRequest,
): Promise<OssUploadPage> {
  const query = manager
    .createQueryBuilder(OssUpload, 'upload')
    .addSelect('CAST(EXTRACT(EPOCH FROM upload.receivedAt) * 1000000 AS bigint)', 'time_us');
  // one more than asked for tells whether there is a next page
  selectLatest(query, filter, limit + 1, after);
  const { entities, raw } = await query.getRawAndEntities<{ time_us: string }>();
  const last = entities[limit - 1];
  const nextCursor =
    entities.length > limit && last
      ? encodeCursor({ timeUs: BigInt(raw[limit - 1]!.time_us), id: last.id })
      : null;
  return { uploads: entities.slice(0, limit), nextCursor };
}

/** Restricts a query on the alias `upload` to the latest that the filter leaves, in order. */
export function selectLatest(
  query: Query,
  filter: CheckedFilter,
  limit: number,
  after?: PagePosition,
): void {
  const statuses = filter.status ?? UPLOAD_STATUSES;
  // The records of an owner and of an object have an index by time of their own.
  const isOrdered = filter.owner !== undefined || filter.object !== undefined;
  if (isOrdered || statuses.length === 1) {
    where(query, filter, after);
    takeLatest(query, limit);
    return;
  }
  // All others have one by status and time: the latest of each status, and of those the latest.
  const branches = statuses.map((status, index) => {
    const branch = query.subQuery().select('upload.id', 'id').from(OssUpload, 'upload') as Query;
    where(branch, { ...filter, status: [status] }, after, `_${index}`);
    takeLatest(branch, limit);
    query.setParameters(branch.getParameters());
    return branch.getQuery();
  });
  const ids =
    branches.length === 0 ? 'SELECT CAST(NULL AS uuid) WHERE false' : branches.join(' UNION ALL ');
  query.where(`upload.id IN (${ids})`);
  takeLatest(query, limit);
}

/** What the filter says, as conditions on the alias `upload`. */
export function where(
  query: Query,
  filter: CheckedFilter,
  after?: PagePosition,
  suffix = '',
): void {
  const add = (condition: string, name: string, value: unknown) =>
    query.andWhere(condition.replace('?', `:${name}${suffix}`), { [`${name}${suffix}`]: value });
  for (const name of ['owner', 'bucket', 'object', 'source'] as const) {
    if (filter[name] !== undefined) add(`upload.${name} = ?`, name, filter[name]);
  }
  if (filter.status?.length === 1) add('upload.status = ?', 'status', filter.status[0]);
  else if (filter.status) add('upload.status = ANY(?)', 'statuses', filter.status);
  if (filter.from) add('upload.receivedAt >= ?', 'from', filter.from);
  if (filter.to) add('upload.receivedAt < ?', 'to', filter.to);
  if (after) {
    query.andWhere(
      `(upload.receivedAt, upload.id) < (CAST(:time${suffix} AS timestamptz), CAST(:id${suffix} AS uuid))`,
      { [`time${suffix}`]: positionTime(after), [`id${suffix}`]: after.id },
    );
  }
}

function takeLatest(query: Query, limit: number): void {
  query.orderBy('upload.receivedAt', 'DESC').addOrderBy('upload.id', 'DESC').limit(limit);
}
