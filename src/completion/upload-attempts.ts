import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isConflict } from '../database/database-error.js';
import { EntitySql, queryReturning } from '../database/entity-sql.js';
import { type DueRow, findInFairOrder } from '../database/fair-order.js';
import type { HandlerSlots } from './handler-slots.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import { RefusedRows } from '../database/refused-rows.js';
import { SqlParameters } from '../database/sql-parameters.js';
import type { UploadHandlers } from './upload-handlers.js';
import { toStorable } from '../common/database-text.js';
import { pauseAfter } from '../common/pauses.js';

/** How long a lease outlasts the time limit of the handlers. */
const LEASE_MARGIN_SECONDS = 30;
/** The pause after a failed attempt. */
const PAUSE = { firstMs: 5_000, longestMs: 3_600_000, jitter: 0.1 };

/** The completion state of a row that is about to be written. */
export type AttemptPlan = Pick<OssUpload, 'status' | 'attempts' | 'nextAttemptAt' | 'completedAt'>;

export interface DueUploadsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  /** Which of them: see {@link DueUploadKind}. Default: all. */
  kind?: DueUploadKind;
  /** Whether uploads need no confirmation, so that none counts as `unconfirmed`. */
  confirmationIsOff: boolean;
  /** OSS's names of buckets that currently do not answer: uploads that they have yet to confirm are left out. */
  unreachableBuckets: readonly string[];
  /** Include unconfirmed uploads received before this time, even if their bucket is not among `buckets`. */
  forgottenBefore: Date;
  /** Include uploads whose handlers were never started, even if they are not due yet. */
  alsoWaiting: boolean;
  /** Ids of the only ones to include. Default: all. */
  only?: readonly string[];
}

/**
 * `unconfirmed`: the bucket has yet to be queried. `interrupted`: handlers that failed, or were never started, or ended
 * with their process once. `crashSuspect`: handlers that may be what crashes the process.
 */
export type DueUploadKind = 'unconfirmed' | 'interrupted' | 'crashSuspect';

/** One attempt that never ended proves little, since deployments kill processes too; after this many it is suspect. */
const SUSPECT_ATTEMPTS = 2;

/**
 * Decides which process may run an upload's handlers: the one it is leased to. While an upload is leased, its row is
 * `received`, and `nextAttemptAt` is the end of the lease. An attempt is counted when its handlers start (see
 * {@link HandlerTransactionStatements}), so that a handler that crashes the process is not retried forever; an upload
 * that waits for a slot loses none. The first attempt of a new upload is counted with its row if few are waiting: that saves
 * a write for nearly every upload, and costs one attempt if the process ends before the handlers start.
 */
export class UploadAttempts {
  /** Uploads whose rows the database refuses to change. */
  readonly refused = new RefusedRows('upload');
  private readonly sql: EntitySql<OssUpload>;
  readonly leaseSeconds: number;
  private readonly maxAttempts: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: UploadHandlers,
    private readonly slots: HandlerSlots,
    options: Pick<ResolvedOssCallbackOptions, 'handlers'>,
  ) {
    this.sql = new EntitySql(dataSource, OssUpload);
    const { timeoutSeconds = 0, maxAttempts = 0 } = options.handlers || {};
    this.leaseSeconds = timeoutSeconds + LEASE_MARGIN_SECONDS;
    this.maxAttempts = maxAttempts;
  }

  /**
   * For a row whose object is accepted: `completed` at once if no handler matches, else leased to this process.
   */
  plan(upload: OssUpload): AttemptPlan {
    const now = new Date();
    if (this.handlers.enabled && !this.handlers.hasMatch(upload)) {
      return { status: 'completed', attempts: 0, nextAttemptAt: null, completedAt: now };
    }
    const isLeased = this.handlers.enabled && this.slots.haveRoomFor(upload.owner);
    const isCounted = isLeased && upload.source === 'callback' && this.slots.startSoon;
    return {
      status: 'received',
      attempts: isCounted ? 1 : 0,
      nextAttemptAt: isLeased ? new Date(now.getTime() + this.leaseSeconds * 1_000) : now,
      completedAt: null,
    };
  }

  /**
   * Leases an upload whose lease or pause has ended, if its row is still as it was read.
   * @returns the row; `undefined` if another process has changed or locked it
   */
  async lease(seen: OssUpload): Promise<OssUpload | undefined> {
    if (!this.handlers.enabled) return undefined;
    const { column } = this.names();
    const parameters = new SqlParameters();
    const conditions = [
      `${column('id')} = ${parameters.add(seen.id)}`,
      `${column('status')} = ${parameters.add(seen.status)}`,
      `${column('attempts')} = ${parameters.add(seen.attempts)}`,
      `${column('nextAttemptAt')} <= now()`,
    ];
    return this.leaseWhere(conditions.join(' AND '), parameters);
  }

  /**
   * Finds due uploads, whose lease or pause has ended. Leases nothing.
   * @returns at most `limit`, in the order in which to lease them
   */
  findDue(search: DueUploadsSearch, limit: number): Promise<DueRow[]> {
    const parameters = new SqlParameters();
    const order = { names: this.sql, dueAt: 'nextAttemptAt' } as const;
    const condition = this.isDue(search, parameters);
    return findInFairOrder(this.dataSource, order, condition, parameters, limit);
  }

  /** Leases an upload if it is due. A process without handlers leases only those that the bucket has yet to confirm. */
  leaseDue(search: DueUploadsSearch, id: string): Promise<OssUpload | undefined> {
    const parameters = new SqlParameters();
    return this.leaseWhere(this.isDue({ ...search, only: [id] }, parameters), parameters);
  }

  /** Whether the handlers have already been started as often as allowed. */
  isExhausted({ attempts }: OssUpload): boolean {
    return attempts >= this.maxAttempts;
  }

  /**
   * Records that an attempt failed, or that no further one is allowed.
   * @returns the current row; `undefined`, and nothing is changed, if the row is no longer leased for this attempt
   */
  async fail(attempt: OssUpload, reason: string): Promise<OssUpload | undefined> {
    const abandoned = attempt.attempts >= this.maxAttempts;
    const pauseMs = pauseAfter(attempt.attempts, PAUSE);
    return this.endAttempt(attempt, {
      status: abandoned ? 'abandoned' : 'failed',
      lastError: toStorable(reason),
      nextAttemptAt: abandoned ? null : new Date(Date.now() + pauseMs),
    });
  }

  /**
   * Ends the leased attempt with these columns.
   * @returns as {@link fail}
   */
  async endAttempt(
    { id, attempts }: OssUpload,
    columns: Partial<OssUpload>,
  ): Promise<OssUpload | undefined> {
    const where = { id, attempts, status: 'received' as const };
    const { affected } = await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set(columns)
      .where(where)
      .updateEntity(false)
      .execute();
    return affected === 0 ? undefined : this.sql.findOneBy('id', id);
  }

  /** Skips a locked row instead of waiting for it. */
  private async leaseWhere(
    condition: string,
    parameters: SqlParameters,
  ): Promise<OssUpload | undefined> {
    const { table, column } = this.names();
    const statement = `
      UPDATE ${table} SET
        ${column('status')} = 'received',
        ${column('nextAttemptAt')} = now() + ${parameters.add(this.leaseSeconds)} * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${condition} FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    try {
      const [row] = await queryReturning(this.dataSource, statement, parameters.values);
      return row && this.sql.toEntity(row);
    } catch (error) {
      if (isConflict(error)) return undefined; // another process was faster; only stricter isolation levels than the default report it
      throw error;
    }
  }

  private isDue(search: DueUploadsSearch, parameters: SqlParameters): string {
    const { buckets, unreachableBuckets, forgottenBefore, confirmationIsOff } = search;
    const { kind, alsoWaiting, only } = search;
    const { column } = this.names();
    const isUnconfirmed = confirmationIsOff ? 'false' : `${column('confirmedAt')} IS NULL`;
    const isForgotten = `${isUnconfirmed} AND ${column('receivedAt')} < ${parameters.add(forgottenBefore)}`;
    const isSuspect = `${column('status')} = 'received' AND ${column('attempts')} >= ${SUSPECT_ATTEMPTS}`;
    const isOfKind = {
      unconfirmed: isUnconfirmed,
      interrupted: `NOT (${isUnconfirmed}) AND NOT (${isSuspect})`,
      crashSuspect: `NOT (${isUnconfirmed}) AND ${isSuspect}`,
    };
    const isWaiting = `${column('status')} = 'received' AND ${column('attempts')} = 0`;
    const conditions = [
      `${column('status')} IN ('received', 'failed')`,
      `(${column('bucket')} = ANY (${parameters.add(buckets)}) OR ${isForgotten})`,
      `NOT (${isUnconfirmed} AND ${column('bucket')} = ANY (${parameters.add(unreachableBuckets)}))`,
      `${column('id')} <> ALL (${parameters.add(this.refused.ids)})`,
      ...(only === undefined ? [] : [`${column('id')} = ANY (${parameters.add(only)})`]),
      ...(this.handlers.enabled ? [] : [isUnconfirmed]),
      ...(kind === undefined ? [] : [isOfKind[kind]]),
      `(${column('nextAttemptAt')} <= now() OR (${alsoWaiting} AND ${isWaiting}))`,
    ];
    return conditions.join(' AND ');
  }

  private names() {
    const { sql } = this;
    return { table: sql.table, column: (name: keyof OssUpload) => sql.column(name) };
  }
}
