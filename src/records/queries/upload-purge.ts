import type { DataSource } from 'typeorm';
import { databaseError, isConflict, isErrorOfOneRow } from '../../database/database-error.js';
import { EntitySql } from '../../database/entity-sql.js';
import { OssUploadTicket } from '../../database/oss-upload-ticket.entity.js';
import { OssUpload, type OssUploadStatus } from '../../database/oss-upload.entity.js';
import { RefusedRows } from '../../database/refused-rows.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { checkFilter, checkOneOf, checkWholeNumber, invalidFilter } from './upload-filter.js';

/** Final statuses, which neither handlers nor the reconciliation change. */
export type PurgeableStatus = Extract<OssUploadStatus, 'completed' | 'rejected' | 'abandoned'>;

export interface OssUploadPurge {
  /** Deletes records received before this time. */
  before: Date;
  /** One or several; default all three. */
  status?: PurgeableStatus | readonly PurgeableStatus[];
  /**
   * Also delete records without a ticket. OSS's signature on such a callback never expires: a captured callback can be
   * replayed, and without the record it counts as a new upload. Default false.
   */
  includeUnticketed?: boolean;
  /** How many records one transaction reads, 1 to 10,000; default 1,000. */
  batch?: number;
  /** Ends the purge after the current batch. */
  signal?: AbortSignal;
}

const PURGEABLE: readonly PurgeableStatus[] = ['completed', 'rejected', 'abandoned'];

/** Margin for callbacks that are in flight when their ticket ends, and for clock skew. */
const GRACE_MS = 3_600_000;
const MAX_CONFLICTS = 5;

interface Batch {
  looked: number;
  deleted: number;
  last_time: string | null;
  last_id: string | null;
}

/** Where the previous batch ended. */
type Position = Pick<Batch, 'last_time' | 'last_id'>;

/** @returns how many records were deleted */
export async function purgeUploads(dataSource: DataSource, purge: OssUploadPurge): Promise<number> {
  const { before, batch = 1_000, includeUnticketed = false, signal } = purge;
  if (before === undefined) throw invalidFilter('before', 'is missing.');
  checkFilter({ to: before });
  checkWholeNumber('batch', batch, 1, 10_000);
  const statuses = [purge.status ?? PURGEABLE].flat();
  for (const status of statuses) checkOneOf('status', status, PURGEABLE);

  const refused = new RefusedRows('upload');
  let deleted = 0;
  for (const status of new Set(statuses)) {
    let position: Position = { last_time: null, last_id: null };
    for (let looked = batch; looked === batch;) {
      if (signal?.aborted) return deleted;
      const done = await purgeBatch(dataSource, {
        before,
        status,
        includeUnticketed,
        batch,
        position,
        refused,
      });
      deleted += done.deleted;
      looked = done.looked;
      position = done;
    }
  }
  return deleted;
}

interface BatchOrder {
  before: Date;
  status: PurgeableStatus;
  includeUnticketed: boolean;
  batch: number;
  position: Position;
  refused: RefusedRows;
  /** Only look at the rows, to go on behind them. */
  keeps?: boolean;
}

/** Keeps a row that the database refuses to delete, and deletes the others of its batch. */
async function purgeBatch(dataSource: DataSource, order: BatchOrder): Promise<Batch> {
  try {
    return await runBatch(dataSource, order);
  } catch (error) {
    if (!isErrorOfOneRow(error)) throw databaseError(error);
    if (order.batch > 1) return purgeHalves(dataSource, order);
    const kept = await runBatch(dataSource, { ...order, keeps: true });
    if (kept.last_id !== null) order.refused.add(kept.last_id, error);
    return kept;
  }
}

async function purgeHalves(dataSource: DataSource, order: BatchOrder): Promise<Batch> {
  const half = Math.ceil(order.batch / 2);
  const first = await purgeBatch(dataSource, { ...order, batch: half });
  if (first.looked < half) return first;
  const rest = { ...order, batch: order.batch - half, position: first };
  const second = await purgeBatch(dataSource, rest);
  return {
    looked: first.looked + second.looked,
    deleted: first.deleted + second.deleted,
    last_time: second.last_time ?? first.last_time,
    last_id: second.last_id ?? first.last_id,
  };
}

async function runBatch(dataSource: DataSource, order: BatchOrder): Promise<Batch> {
  const { sql, values } = batchStatement(dataSource, order);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [batch] = await dataSource.query<Batch[]>(sql, values);
      return batch!;
    } catch (error) {
      if (attempt === MAX_CONFLICTS || !isConflict(error)) throw error;
    }
  }
}

/**
 * Reads the next rows in order of arrival, so that no batch reads rows that earlier ones deleted or kept. Deletes their
 * tickets too, so that nothing is left to reconcile. Skips rows that are locked.
 */
function batchStatement(dataSource: DataSource, order: BatchOrder) {
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
  const ticketId = tickets.column('id');
  const sql = `
    WITH looked AS MATERIALIZED (
      SELECT ${id} AS id, ${receivedAt} AS received_at FROM ${uploads.table}
      WHERE ${uploads.column('status')} = ${status}
        AND ${receivedAt} < ${parameters.add(order.before)} AND ${after}
      ORDER BY ${receivedAt}, ${id} LIMIT ${parameters.add(order.batch)}
    ), doomed AS MATERIALIZED (
      SELECT upload.${id} AS id FROM ${uploads.table} AS upload
      WHERE ${parameters.add(!order.keeps)}
        AND upload.${id} IN (SELECT id FROM looked) AND upload.${uploads.column('status')} = ${status}
        AND (upload.${uploads.column('ticketed')} OR ${parameters.add(order.includeUnticketed)})
        AND NOT EXISTS (
          SELECT FROM ${tickets.table} AS ticket
          WHERE ticket.${ticketId} = upload.${id} AND ticket.${tickets.column('acceptUntil')} > ${ended})
      FOR UPDATE OF upload SKIP LOCKED
    ), gone AS (
      DELETE FROM ${uploads.table} WHERE ${id} IN (SELECT id FROM doomed) RETURNING ${id}
    ), closed AS (
      DELETE FROM ${tickets.table} WHERE ${ticketId} IN (SELECT id FROM doomed)
    ), last AS (
      SELECT id, received_at FROM looked ORDER BY received_at DESC, id DESC LIMIT 1
    )
    SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM gone) AS deleted,
      (SELECT to_json(received_at)#>>'{}' FROM last) AS last_time, (SELECT id::text FROM last) AS last_id`;
  return { sql, values: parameters.values };
}
