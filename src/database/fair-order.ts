import type { DataSource, ObjectLiteral } from 'typeorm';
import { type EntitySql, selectRows } from './entity-sql.js';
import type { SqlParameters } from './sql-parameters.js';

/** Rows with a due time and an owner; those without an owner count as one owner's. */
export interface FairOrder<Entity extends ObjectLiteral> {
  names: EntitySql<Entity>;
  dueAt: keyof Entity & string;
}

/** Bounds the cost of a query, however large the backlog is: at most this many rows, the longest due, are sorted. */
const MAX_ROWS = 200_000;

/**
 * Ids of due rows, taking turns by owner: the longest due row of each owner, then the second of each, and so on.
 * However many rows one owner has waiting, they do not delay those of others.
 */
export async function findInFairOrder<Entity extends ObjectLiteral>(
  dataSource: DataSource,
  { names, dueAt }: FairOrder<Entity>,
  condition: string,
  parameters: SqlParameters,
  limit: number,
): Promise<string[]> {
  const [id, owner, due] = ['id', 'owner', dueAt].map((name) => names.column(name));
  const rows = await selectRows(
    dataSource,
    `SELECT id FROM (
      SELECT id, due_at, row_number() OVER (PARTITION BY owner ORDER BY due_at, id) AS turn FROM (
        SELECT ${id} AS id, ${owner} AS owner, ${due} AS due_at FROM ${names.table}
        WHERE ${condition} ORDER BY ${due} LIMIT ${MAX_ROWS}
      ) AS due_longest
    ) AS in_turns ORDER BY turn, due_at, id LIMIT ${parameters.add(limit)}`,
    parameters.values,
  );
  return rows.map((row) => String(row.id));
}
