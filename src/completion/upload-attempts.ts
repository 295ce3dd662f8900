import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isConflict } from '../database/database-error.js';
import { EntitySql, queryReturning, selectRows } from '../database/entity-sql.js';
import { findInFairOrder } from '../database/fair-order.js';
import type { HandlerSlots } from './handler-slots.js';
import { OssUpload } from '../database/oss-upload.entity.js';
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
  /** Whether claiming an unconfirmed upload counts as an attempt of its handlers. */
  confirmationIsOff: boolean;
  /** OSS's names of buckets that currently do not answer: uploads that they have yet to confirm are left out. */
  silentBuckets?: readonly string[];
  /** Include unconfirmed uploads received before this time, even if their bucket is not among `buckets`. */
  forgottenBefore?: Date;
  /** `true`: only uploads whose handlers may crash the process; `false`: only the others. Default: both. */
  suspects?: boolean;
  /** Include uploads whose handlers were never started, even if they are not due yet. */
  alsoWaiting?: boolean;
}

/** One attempt that never ended proves little, since deployments kill processes too; after this many it is suspect. */
const SUSPECT_ATTEMPTS = 2;

/**
 * Decides which process may run an upload's handlers. An attempt is counted, and leased to one process, before it
 * starts, so that a handler that crashes the process is not retried for ever. While an attempt is leased, the row is
 * `received`, and `nextAttemptAt` is the end of the lease.
 */
export class UploadAttempts {
  private readonly sql: EntitySql<OssUpload>;
  private readonly leaseSeconds: number;
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
   * For a row whose object is accepted: `completed` at once if no handler matches, else with its first attempt leased.
   */
  plan(upload: OssUpload): AttemptPlan {
    const now = new Date();
    if (this.handlers.enabled && !this.handlers.hasMatch(upload)) {
      return { status: 'completed', attempts: 0, nextAttemptAt: null, completedAt: now };
    }
    const isLeased = this.handlers.enabled && this.slots.haveRoom;
    return {
      status: 'received',
      attempts: isLeased ? 1 : 0,
      nextAttemptAt: isLeased ? new Date(now.getTime() + this.leaseSeconds * 1_000) : now,
      completedAt: null,
    };
  }

  /**
   * Counts and leases another attempt, if the row is still as it was read.
   * @returns the row; `undefined` if another process has changed or locked it
   */
  async claim(seen: OssUpload): Promise<OssUpload | undefined> {
    if (!this.handlers.enabled) return undefined;
    const { column } = this.names();
    const parameters = new SqlParameters();
    const [id, status, attempts] = [seen.id, seen.status, seen.attempts].map((value) =>
      parameters.add(value),
    );
    const [claimed] = await this.claimWhere(
      `${column('id')} = ${id} AND ${column('status')} = ${status} AND ${column('attempts')} = ${attempts}`,
      parameters,
      '1',
    );
    return claimed;
  }

  /**
   * Ids of due uploads, whose lease or pause has ended. Claims nothing.
   * @returns at most `limit` ids, in the order in which to claim them
   */
  findDue(search: DueUploadsSearch, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const order = { names: this.sql, dueAt: 'nextAttemptAt' } as const;
    const condition = this.isDue(search, parameters);
    return findInFairOrder(this.dataSource, order, condition, parameters, limit);
  }

  /** Reads those of these uploads that are due, without claiming them. */
  async readDue(search: DueUploadsSearch, ids: readonly string[]): Promise<OssUpload[]> {
    const parameters = new SqlParameters();
    const condition = this.isOneOf(ids, search, parameters);
    const rows = await selectRows(
      this.dataSource,
      `SELECT * FROM ${this.sql.table} WHERE ${condition}`,
      parameters.values,
    );
    return rows.map((row) => this.sql.toEntity(row));
  }

  /**
   * Counts and leases an attempt of each of these uploads that is due. Uploads that the bucket has yet to confirm are
   * leased without counting an attempt; a process without handlers claims only those.
   */
  claimDue(search: DueUploadsSearch, ids: readonly string[]): Promise<OssUpload[]> {
    const { column } = this.names();
    const parameters = new SqlParameters();
    const condition = this.isOneOf(ids, search, parameters);
    const isConfirmed = search.confirmationIsOff ? 'true' : `${column('confirmedAt')} IS NOT NULL`;
    const countsAs = `CASE WHEN ${isConfirmed} THEN 1 ELSE 0 END`;
    return this.claimWhere(condition, parameters, countsAs);
  }

  /** Whether the handlers have already been started as often as allowed. */
  isExhausted({ attempts }: OssUpload): boolean {
    return attempts > this.maxAttempts;
  }

  /**
   * Records that the leased attempt failed.
   * @returns the current row; `undefined`, and nothing is changed, if the row is no longer leased for this attempt
   */
  async fail(attempt: OssUpload, reason: string): Promise<OssUpload | undefined> {
    const abandoned = attempt.attempts >= this.maxAttempts;
    const pauseMs = pauseAfter(attempt.attempts, PAUSE);
    return this.endAttempt(attempt, {
      status: abandoned ? 'abandoned' : 'failed',
      lastError: toStorable(reason),
      nextAttemptAt: abandoned ? null : new Date(Date.now() + pauseMs),
      ...(this.isExhausted(attempt) ? { attempts: this.maxAttempts } : {}),
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

  /** Skips locked rows instead of waiting for them. */
  private async claimWhere(
    condition: string,
    parameters: SqlParameters,
    countsAs: string,
  ): Promise<OssUpload[]> {
    const { table, column } = this.names();
    const statement = `
      UPDATE ${table} SET
        ${column('status')} = 'received',
        ${column('attempts')} = ${column('attempts')} + ${countsAs},
        ${column('nextAttemptAt')} = now() + ${parameters.add(this.leaseSeconds)} * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${condition} FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    try {
      const rows = await queryReturning(this.dataSource, statement, parameters.values);
      return rows.map((row) => this.sql.toEntity(row));
    } catch (error) {
      if (isConflict(error)) return []; // another process was faster; only stricter isolation levels than the default report it
      throw error;
    }
  }

  private isOneOf(
    ids: readonly string[],
    search: DueUploadsSearch,
    parameters: SqlParameters,
  ): string {
    const { column } = this.names();
    return `${column('id')} = ANY (${parameters.add(ids)}) AND ${this.isDue(search, parameters)}`;
  }

  private isDue(search: DueUploadsSearch, parameters: SqlParameters): string {
    const { buckets, silentBuckets = [], forgottenBefore, confirmationIsOff } = search;
    const { suspects, alsoWaiting = false } = search;
    const { column } = this.names();
    const isUnconfirmed = confirmationIsOff ? 'false' : `${column('confirmedAt')} IS NULL`;
    const isForgotten =
      forgottenBefore === undefined
        ? 'false'
        : `${isUnconfirmed} AND ${column('receivedAt')} < ${parameters.add(forgottenBefore)}`;
    const isSuspect = `${column('status')} = 'received' AND ${column('attempts')} >= ${SUSPECT_ATTEMPTS}`;
    const isWaiting = `${column('status')} = 'received' AND ${column('attempts')} = 0`;
    const conditions = [
      `${column('status')} IN ('received', 'failed')`,
      `(${column('bucket')} = ANY (${parameters.add(buckets)}) OR ${isForgotten})`,
      `NOT (${isUnconfirmed} AND ${column('bucket')} = ANY (${parameters.add(silentBuckets)}))`,
      ...(this.handlers.enabled ? [] : [isUnconfirmed]),
      ...(suspects === undefined ? [] : [`(${isSuspect}) = ${suspects}`]),
      `(${column('nextAttemptAt')} <= now() OR (${alsoWaiting} AND ${isWaiting}))`,
    ];
    return conditions.join(' AND ');
  }

  private names() {
    const { sql } = this;
    return { table: sql.table, column: (name: keyof OssUpload) => sql.column(name) };
  }
}
