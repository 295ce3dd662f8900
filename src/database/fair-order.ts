import type { DataSource } from 'typeorm';
import { type EntitySql, selectRows } from './entity-sql.js';
import type { SqlParameters } from './sql-parameters.js';

/** Rows with a due time and an owner; those without an owner count as one owner's. */
export interface FairOrder<Entity extends DueRow> {
  names: EntitySql<Entity>;
  dueAt: keyof Entity & string;
}

/** What decides when a due row has its turn, and is reported of it. */
export interface DueRow {
  id: string;
  owner: string | null;
  bucket: string;
  object: string;
}

/** Bounds the cost of a query, however large the backlog is: at most this many rows, the longest due, are sorted. */
const MAX_ROWS = 200_000;

/**
 * Due rows, taking turns by owner: the longest due row of each owner, then the second of each, and so on. However many
 * rows one owner has waiting, they do not delay those of others.
 */
export function findInFairOrder<Entity extends DueRow>(
  dataSource: DataSource,
  { names, dueAt }: FairOrder<Entity>,
  condition: string,
  parameters: SqlParameters,
  limit: number,
): Promise<DueRow[]> {
  const [id, owner, bucket, object] = (['id', 'owner', 'bucket', 'object'] as const).map((name) =>
    names.column(name),
  );
  const due = names.column(dueAt);
  return selectRows<DueRow>(
    dataSource,
    `SELECT id, owner, bucket, object FROM (
      SELECT *, row_number() OVER (PARTITION BY owner ORDER BY due_at, id) AS turn FROM (
        SELECT ${id} AS id, ${owner} AS owner, ${bucket} AS bucket, ${object} AS object, ${due} AS due_at
        FROM ${names.table} WHERE ${condition} ORDER BY ${due} LIMIT ${MAX_ROWS}
      ) AS due_longest
    ) AS in_turns ORDER BY turn, due_at, id LIMIT ${parameters.add(limit)}`,
    parameters.values,
  );
}
