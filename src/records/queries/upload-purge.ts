import type { DataSource } from 'typeorm';
import type { OssCallbackError } from '../../common/errors.js';
import { databaseError, isConflict, isErrorOfOneRow } from '../../database/database-error.js';
import { RefusedRows } from '../../database/refused-rows.js';
import {
  batchStatement,
  findReferences,
  type PurgeableStatus,
  type Position,
  type PurgeBatch,
  type PurgedBatch,
} from './purge-statement.js';
import { checkFilter, checkOneOf, checkWholeNumber, invalidFilter } from './upload-filter.js';

/**
 * Which records `OssUploadAudit.purge` deletes.
 * @category Records
 */
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

const MAX_CONFLICTS = 5;

/**
 * What `OssUploadAudit.purge` did.
 * @category Records
 */
export interface OssUploadPurgeResult {
  /** How many records were deleted, each with its ticket. */
  deleted: number;
  /**
   * How many records are old enough and were kept, since a table of the app's references them, or a trigger or a policy
   * forbids their deletion.
   */
  refused: number;
}

export async function purgeUploads(
  dataSource: DataSource,
  purge: OssUploadPurge,
): Promise<OssUploadPurgeResult> {
  const { before, batch = 1_000, includeUnticketed = false, signal } = purge;
  if (before === undefined) throw invalidFilter('before', 'is missing.');
  checkFilter({ to: before });
  checkWholeNumber('batch', batch, 1, 10_000);
  const statuses = [purge.status ?? PURGEABLE].flat();
  for (const status of statuses) checkOneOf('status', status, PURGEABLE);

  const rows = new RefusedRows('upload');
  const references = await findReferences(dataSource).catch((error: unknown) => {
    throw couldNotPurge(error);
  });
  const result = { deleted: 0, refused: 0 };
  for (const status of new Set(statuses)) {
    let position: Position = { last_time: null, last_id: null };
    for (let looked = batch; looked === batch;) {
      if (signal?.aborted) return result;
      const done = await purgeBatch(dataSource, {
        before,
        status,
        includeUnticketed,
        batch,
        position,
        references,
        rows,
      });
      result.deleted += done.deleted;
      result.refused += done.refused;
      looked = done.looked;
      position = done;
    }
  }
  return result;
}

interface Order extends PurgeBatch {
  rows: RefusedRows;
}

/** Keeps a row that the database refuses to delete, and deletes the others of its batch. */
async function purgeBatch(dataSource: DataSource, order: Order): Promise<PurgedBatch> {
  try {
    return await runBatch(dataSource, order);
  } catch (error) {
    if (!isErrorOfOneRow(error)) throw couldNotPurge(error);
    if (order.batch > 1) return purgeHalves(dataSource, order);
    const kept = await runBatch(dataSource, { ...order, keeps: true });
    if (kept.last_id === null) return kept;
    order.rows.add(kept.last_id, error);
    return { ...kept, refused: 1 };
  }
}

async function purgeHalves(dataSource: DataSource, order: Order): Promise<PurgedBatch> {
  const half = Math.ceil(order.batch / 2);
  const first = await purgeBatch(dataSource, { ...order, batch: half });
  if (first.looked < half) return first;
  const rest = { ...order, batch: order.batch - half, position: first };
  const second = await purgeBatch(dataSource, rest);
  return {
    looked: first.looked + second.looked,
    deleted: first.deleted + second.deleted,
    refused: first.refused + second.refused,
    last_time: second.last_time ?? first.last_time,
    last_id: second.last_id ?? first.last_id,
  };
}

async function runBatch(dataSource: DataSource, order: PurgeBatch): Promise<PurgedBatch> {
  const { sql, values } = batchStatement(dataSource, order);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [batch] = await dataSource.query<PurgedBatch[]>(sql, values);
      return batch!;
    } catch (error) {
      if (attempt === MAX_CONFLICTS || !isConflict(error)) throw error;
    }
  }
}

function couldNotPurge(error: unknown): OssCallbackError {
  return databaseError('Old records could not be deleted.', error);
}
