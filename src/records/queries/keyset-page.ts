import type { DataSource, ObjectLiteral } from 'typeorm';
import type { EntitySql } from '../../database/entity-sql.js';
import { encodeCursor, type PagePosition, positionTime } from './page-cursor.js';
import type { SqlParameters } from '../../database/sql-parameters.js';

/** A table in the order of a time, the latest first, rows of one moment by their id. */
export interface KeysetOrder<Entity extends ObjectLiteral> {
  names: EntitySql<Entity>;
  time: keyof Entity & string;
  limit: number;
}

/** Rows after the last one of the previous page. */
export function isBehind<Entity extends ObjectLiteral>(
  { names, time }: Pick<KeysetOrder<Entity>, 'names' | 'time'>,
  { timeUs, id }: PagePosition,
  parameters: SqlParameters,
): string {
  const last = [parameters.add(positionTime({ timeUs, id })), parameters.add(id)];
  return `(${names.column(time)}, ${names.column('id')}) < (${last.join(', ')})`;
}

/**
 * One page, in one statement.
 * @param branches conditions, each served by an index in this order; no row matches two of them
 */
export async function readKeysetPage<Entity extends ObjectLiteral & { id: string }>(
  dataSource: DataSource,
  { names, time, limit }: KeysetOrder<Entity>,
  branches: readonly string[],
  parameters: SqlParameters,
): Promise<{ rows: Entity[]; nextCursor: string | null }> {
  if (branches.length === 0) return { rows: [], nextCursor: null };
  // one more than requested shows whether there is a next page
  const order = `ORDER BY ${names.column(time)} DESC, ${names.column('id')} DESC LIMIT ${parameters.add(limit + 1)}`;
  const parts = branches.map(
    (conditions) => `(SELECT * FROM ${names.table} WHERE ${conditions} ${order})`,
  );
  const found = await dataSource.query<(Record<string, unknown> & { page_time_us: string })[]>(
    `SELECT *, (EXTRACT(EPOCH FROM ${names.column(time)}) * 1000000)::bigint AS page_time_us
    FROM (${parts.join(' UNION ALL ')}) AS page ${order}`,
    parameters.values,
  );
  const rows = found.slice(0, limit).map((row) => names.toEntity(row));
  const last = found.length > limit ? rows.at(-1) : undefined;
  const nextCursor = last
    ? encodeCursor({ timeUs: BigInt(found[limit - 1]!.page_time_us), id: last.id })
    : null;
  return { rows, nextCursor };
}
