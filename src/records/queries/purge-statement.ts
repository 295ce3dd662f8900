import type { DataSource } from 'typeorm';
import { EntitySql } from '../../database/entity-sql.js';
import { OssUploadTicket } from '../../database/oss-upload-ticket.entity.js';
import { OssUpload, type OssUploadStatus } from '../../database/oss-upload.entity.js';
import { SqlParameters } from '../../database/sql-parameters.js';

/**
 * Final statuses, which neither handlers nor the reconciliation change.
 * @category Records
 */
export type PurgeableStatus = Extract<OssUploadStatus, 'completed' | 'rejected' | 'abandoned'>;

/** Margin for callbacks that are in flight when their ticket ends, and for clock skew. */
const GRACE_MS = 3_600_000;

export interface PurgedBatch {
  looked: number;
  deleted: number;
  refused: number;
  last_time: string | null;
  last_id: string | null;
}

/** Where the previous batch ended. */
export type Position = Pick<PurgedBatch, 'last_time' | 'last_id'>;

export interface PurgeBatch {
  before: Date;
  status: PurgeableStatus;
  includeUnticketed: boolean;
  batch: number;
  position: Position;
  /** Conditions that hold for a record, `upload`, to which a foreign key of the app's refers. */
  references: readonly string[];
  /** Only reads the rows, to continue after them. */
  keeps?: boolean;
}

/**
 * The app's foreign keys that keep a record from being deleted. An app may have one for most of its records, so they are
 * not left to the database, which would refuse a whole batch for one of them.
 */
export async function findReferences(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ condition: string }[]>(
    `SELECT format('EXISTS (SELECT FROM %I.%I AS child WHERE %s)', spaces.nspname, tables.relname, (
        SELECT string_agg(format('child.%I = upload.%I', own.attname, other.attname), ' AND ')
        FROM unnest(keys.conkey, keys.confkey) AS pair (own, other)
        JOIN pg_attribute AS own ON own.attrelid = keys.conrelid AND own.attnum = pair.own
        JOIN pg_attribute AS other ON other.attrelid = keys.confrelid AND other.attnum = pair.other
      )) AS condition
    FROM pg_constraint AS keys
    JOIN pg_class AS tables ON tables.oid = keys.conrelid
    JOIN pg_namespace AS spaces ON spaces.oid = tables.relnamespace
    WHERE keys.contype = 'f' AND keys.conparentid = 0 AND keys.confrelid = to_regclass($1)
      AND keys.confdeltype IN ('a', 'r') -- NO ACTION, RESTRICT
      AND has_schema_privilege(spaces.oid, 'USAGE') AND has_table_privilege(tables.oid, 'SELECT')`,
    [new EntitySql(dataSource, OssUpload).table],
  );
  return rows.map(({ condition }) => condition);
}

/**
 * Reads the next rows in order of arrival, so that no batch reads rows that earlier ones deleted or kept. Deletes their
 * tickets too, so that nothing is left to reconcile. Skips rows that are locked; counts and keeps those that are
 * referenced.
 */
export function batchStatement(dataSource: DataSource, order: PurgeBatch) {
  const uploads = new EntitySql(dataSource, OssUpload);
  const tickets = new EntitySql(dataSource, OssUploadTicket);
  const parameters = new SqlParameters();
  const [id, receivedAt] = [uploads.column('id'), uploads.column('receivedAt')];
  const status = parameters.add(order.status);
  const ended = parameters.add(new Date(Date.now() - GRACE_MS));
  const { last_time: time, last_id: lastId } = order.position;
  const after =
    time === null || lastId === null
      ? 'true'
      : `(${receivedAt}, ${id}) > (${parameters.add(time)}::timestamptz, ${parameters.add(lastId)}::uuid)`;
  const referenced = ['false', ...order.references].join(' OR ');
  const ticketId = tickets.column('id');
  const sql = `
    WITH looked AS MATERIALIZED (
      SELECT ${id} AS id, ${receivedAt} AS received_at FROM ${uploads.table}
      WHERE ${uploads.column('status')} = ${status}
        AND ${receivedAt} < ${parameters.add(order.before)} AND ${after}
      ORDER BY ${receivedAt}, ${id} LIMIT ${parameters.add(order.batch)}
    ), old AS MATERIALIZED (
      SELECT upload.${id} AS id, ${referenced} AS referenced FROM ${uploads.table} AS upload
      WHERE ${parameters.add(!order.keeps)}
        AND upload.${id} IN (SELECT id FROM looked) AND upload.${uploads.column('status')} = ${status}
        AND (upload.${uploads.column('ticketed')} OR ${parameters.add(order.includeUnticketed)})
        AND NOT EXISTS (
          SELECT FROM ${tickets.table} AS ticket
          WHERE ticket.${ticketId} = upload.${id} AND ticket.${tickets.column('acceptUntil')} > ${ended})
      FOR UPDATE OF upload SKIP LOCKED
    ), doomed AS (
      SELECT id FROM old WHERE NOT referenced
    ), gone AS (
      DELETE FROM ${uploads.table} WHERE ${id} IN (SELECT id FROM doomed) RETURNING ${id}
    ), closed AS (
      DELETE FROM ${tickets.table} WHERE ${ticketId} IN (SELECT id FROM doomed)
    ), last AS (
      SELECT id, received_at FROM looked ORDER BY received_at DESC, id DESC LIMIT 1
    )
    SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM gone) AS deleted,
      (SELECT count(*)::int FROM old WHERE referenced) AS refused,
      (SELECT to_json(received_at)#>>'{}' FROM last) AS last_time, (SELECT id::text FROM last) AS last_id`;
  return { sql, values: parameters.values };
}
